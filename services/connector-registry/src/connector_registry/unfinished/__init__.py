"""Executions without an outcome: those that wait in a backlog, and those that are set aside as dead letters."""
