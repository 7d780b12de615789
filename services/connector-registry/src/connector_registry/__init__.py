"""Owns connector definitions, credentials and versions; serves the REST API."""

from pathlib import Path

SCHEMA = "registry"
"""The Postgres schema that this service owns."""


def migrations_dir() -> Path:
    """Where the plain SQL migrations of this service are."""
    return Path(__file__).parent / "migrations"
