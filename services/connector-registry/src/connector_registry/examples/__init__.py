"""Answers of tests that somebody keeps with a connector, by name."""
