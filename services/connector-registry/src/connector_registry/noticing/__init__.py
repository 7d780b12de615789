"""Telling owners what they should know of: below all features, since any of them may see it."""
