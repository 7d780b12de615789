"""Contacts as CSV: files that are uploaded, checked and imported by a job, and the export that an import takes again.

cells      what a spreadsheet must not run, and how values stand in a cell
sheets     an uploaded file becomes rows
columns    what the columns of a header probably mean
plans      which column goes where, by which keys contacts are found, and what may happen to them
rows       a row becomes a proposal, or errors that say what to change
applying   rows onto contacts, in one transaction
job        parts of a file, one transaction each, until it is done or cancelled
export     contacts as CSV
"""
