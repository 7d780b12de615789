"""Forgetting in Postgres, for all workspaces: as the worker, who sees what it forgets and nothing else."""

from pathlib import Path
from typing import Any, Final

import aiosql
import asyncpg

from connectors_shared.http.answers.postgres import sweep
from connectors_shared.http.audit.postgres import forget
from connectors_shared.runtime.postgres import Connection, Work, session

FORGET_AT_ONCE: Final = 5000
ENDED_IMPORT_DAYS: Final = 30
"""Also of one that runs and has not got on for so long."""
IDLE_IMPORT_DAYS: Final = 1
"""Of files that nobody went on with."""
DAYS_AHEAD: Final = 7
"""Of the bodies, that are made before they come: so long the job that makes them may fail."""

queries: Final[Any] = aiosql.from_path(Path(__file__).parent / "retention.sql", "asyncpg", mandatory_parameters=False)


class PostgresRetention:
    """On a pool of the worker's role. Raises DatabaseUnavailableError, and what asyncpg raises."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def keep_update_days(self, days_kept: int) -> None:
        """Make the days to come of the bodies, and drop those that are over."""
        async with session(self._pool, {}, Work.BACKGROUND) as connection:
            await queries.keep_update_days(connection, days_kept=days_kept, days_ahead=DAYS_AHEAD)

    async def forget(self, older_than_days: int) -> None:
        """Drop what no redelivery can ask for any more, the history of that time, and who was deleted in it."""
        async with session(self._pool, {}, Work.BACKGROUND) as connection:
            bounds = {"days": older_than_days, "most": FORGET_AT_ONCE}
            for statement in (queries.forget_executions, queries.forget_edits, queries.forget_deleted):
                while await _deleted(connection, statement, **bounds) == FORGET_AT_ONCE:
                    pass

    async def forget_imports(self) -> None:
        """Files that nobody went on with, and what is known of those that have ended."""
        async with session(self._pool, {}, Work.BACKGROUND) as connection:
            bounds = {"days": ENDED_IMPORT_DAYS, "unfinished_days": IDLE_IMPORT_DAYS}
            while await _deleted(connection, queries.forget_imports, **bounds):
                pass

    async def forget_keys(self) -> None:
        """Of requests, that are not kept any more."""
        await sweep(self._pool)

    async def forget_audit(self, older_than_days: int) -> None:
        """Who did what, all that time ago."""
        await forget(self._pool, older_than_days)


async def _deleted(connection: Connection, statement: Any, **bounds: int) -> int:
    status = await statement(connection, **bounds)
    return int(str(status).rpartition(" ")[2])
