"""Decisions without I/O: what a status means, whether to repeat, how long to wait."""
