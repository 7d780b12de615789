"""Measurements: how fast, at what cost. Never part of a test."""
