"""What the registry knows of connectors, in two questions however many they are."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiosql
import asyncpg

from connector_registry.health.port import LAST, Execution, Facts, OpenNotice
from connectors_shared.runtime.postgres import Work, of_workspace, session

queries: Final[Any] = aiosql.from_path(Path(__file__).parent / "queries.sql", "asyncpg", mandatory_parameters=False)
OF_NOTICE: Final = ("kind", "detail", "since")


class PostgresFacts:
    """On the app's pool."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def of(self, workspace_id: UUID, connector_ids: Sequence[UUID]) -> dict[UUID, Facts]:
        about = {"workspace_id": workspace_id, "connector_ids": list(connector_ids)}
        async with session(self._pool, of_workspace(workspace_id), Work.READ) as connection:
            rows = [dict(row) async for row in queries.facts_of(connection, **about)]
            ended = defaultdict[UUID, list[Execution]](list)
            async for row in queries.last_executions(connection, **about, limit=LAST):
                found = dict(row)
                ended[found.pop("connector_id")].append(Execution(**found))
        return {row["connector_id"]: _facts(row, ended[row["connector_id"]]) for row in rows}


def _facts(row: dict[str, Any], ended: list[Execution]) -> Facts:
    about = {name: row.pop(name) for name in OF_NOTICE}
    return Facts(**row, notice=OpenNotice(**about) if about["kind"] else None, executions=ended)
