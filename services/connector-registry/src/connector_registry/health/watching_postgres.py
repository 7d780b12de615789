"""The ceilings of backlogs, on the worker's pool: by a function of the owner, since a worker sees no definition."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiosql
import asyncpg

from connector_registry.health.watching import KIND, Ceiling
from connectors_shared.contract.policy import ParkingPolicy
from connectors_shared.runtime.postgres import Work, session

queries: Final[Any] = aiosql.from_path(Path(__file__).parent / "watching.sql", "asyncpg", mandatory_parameters=False)
DEFAULT_CEILING: Final[int] = ParkingPolicy.model_fields["max_parked"].default


class PostgresCeilings:
    """See `watching.Ceilings`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def of(self, connector_ids: Sequence[UUID]) -> list[Ceiling]:
        asked = {"connector_ids": list(connector_ids), "default_ceiling": DEFAULT_CEILING}
        async with session(self._pool, {}, Work.BACKGROUND) as connection:
            return [Ceiling(**row) async for row in queries.ceilings_of(connection, **asked)]

    async def told(self) -> list[tuple[UUID, UUID]]:
        async with session(self._pool, {}, Work.BACKGROUND) as connection:
            rows = queries.told_backlogs(connection, kind=KIND.value)
            return [(row["workspace_id"], row["connector_id"]) async for row in rows]
