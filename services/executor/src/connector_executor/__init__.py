"""Calls the APIs: connector.execute in, HTTP out, connector.result out."""

from pathlib import Path


def migrations_dir() -> Path:
    """Where this service's SQL migrations are (dbmate format, Postgres schema `executor`)."""
    return Path(__file__).parent / "migrations"


__all__ = ["migrations_dir"]
