"""Connectors called once, saved or not, for a person who wants to see all of it."""
