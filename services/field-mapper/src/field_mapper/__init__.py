"""Writes mapped values onto contacts: connector.result in, contact.updated out."""

from pathlib import Path


def migrations_dir() -> Path:
    """Where this service's SQL migrations are (dbmate format, Postgres schema `mapper`)."""
    return Path(__file__).parent / "migrations"


__all__ = ["migrations_dir"]
