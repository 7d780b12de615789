"""Whether the same step may succeed later, or this very data makes it fail."""

from typing import Final

import asyncpg

DATA_CLASSES: Final = frozenset({"22", "23", "54"})
"""SQLSTATE classes: data exception, integrity violation, program limit exceeded."""


def is_caused_by_data(error: Exception) -> bool:
    """False for what time or an operator mends: connections, locks, full disks, a missing table."""
    if isinstance(error, asyncpg.PostgresError):
        return str(error.sqlstate or "")[:2] in DATA_CLASSES
    if isinstance(error, asyncpg.InterfaceError):
        return isinstance(error, ValueError)
    return not isinstance(error, OSError | asyncpg.InternalClientError)
