"""Schemas of outputs, made of answers and compared: below all features."""
