"""A small flow engine: the example for an existing one. It talks to the product only through Kafka and REST."""

from pathlib import Path
from typing import Final

SCHEMA: Final = "flows"


def migrations_dir() -> Path:
    """SQL migrations of the schema `flows` (dbmate format)."""
    return Path(__file__).parent / "migrations"
