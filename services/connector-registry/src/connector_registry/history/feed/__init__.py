"""Executions as they are recorded, for those who follow them: one reader of the history for all who listen."""
