"""What holds for an execution, in one round trip to Postgres."""

from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiosql
import asyncpg

from connector_registry.executions.port import Terms
from connectors_shared.runtime.postgres import brief_session

queries: Final[Any] = aiosql.from_path(Path(__file__).parent / "queries.sql", "asyncpg", mandatory_parameters=False)


class PostgresExecutionTerms:
    """On the app's pool. The function that is asked enters the workspace itself, for row-level security."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def of(self, workspace_id: UUID, connector_id: UUID) -> Terms:
        async with brief_session(self._pool) as connection:
            row = await queries.terms(connection, workspace_id=workspace_id, connector_id=connector_id)
        return Terms(**row)
