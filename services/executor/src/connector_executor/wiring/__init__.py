"""Builds the executor out of its parts, by responsibility; `app.py` puts these together."""
