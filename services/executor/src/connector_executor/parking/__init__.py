"""Executions that wait longer than memory should hold them: rows in Postgres, drained by lane, then age."""
