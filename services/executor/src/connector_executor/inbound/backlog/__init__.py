"""Executions out of the backlog: rows that are due come back into the line."""
