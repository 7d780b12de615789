"""Which faults of Postgres pass by themselves or by an operator: the same call may simply be made again."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import asyncpg

PASSING_CLASSES: Final = frozenset({"08", "28", "40", "53", "55", "57", "58"})
"""SQLSTATE classes: connection, authorization, rollback (deadlock), resources, locks, intervention, system."""
READ_ONLY: Final = "25006"
"""A server that has become a standby."""


class DatabaseUnavailableError(ConnectionError):
    """Postgres does not answer, or not now."""


class TooSlowStatementError(DatabaseUnavailableError):
    """Postgres answers, and has ended a statement that took longer than its kind of work may."""


@contextmanager
def passing_faults() -> Iterator[None]:
    """Raises DatabaseUnavailableError for them, and what is our own mistake as it is."""
    try:
        yield
    except DatabaseUnavailableError:
        raise
    except asyncpg.QueryCanceledError as error:
        raise TooSlowStatementError(f"{type(error).__name__}: {error}") from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError) as error:
        if not passes(error):
            raise
        raise DatabaseUnavailableError(f"{type(error).__name__}: {error}") from error


def passes(error: BaseException) -> bool:
    """Of an error of asyncpg or of the connection."""
    if isinstance(error, asyncpg.PostgresError):
        state = str(error.sqlstate or "")
        return state[:2] in PASSING_CLASSES or state == READ_ONLY
    return not isinstance(error, ValueError)
