"""Answers of all workspaces with what their connectors promise, on the worker's pool."""

import json
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiosql
import asyncpg

from connector_registry.history.recording.drift import ENOUGH, KIND, Sampled
from connectors_shared.runtime.postgres import Work, session

queries: Final[Any] = aiosql.from_path(Path(__file__).parent / "drift.sql", "asyncpg", mandatory_parameters=False)
DAYS: Final = 2
LOOKED_AT: Final = 200
"""Of the newest executions of a connector, for answers that fit."""


class PostgresSamples:
    """See `drift.Samples`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def following(self, after: UUID | None, most: int) -> list[Sampled]:
        which = {
            "after": after,
            "most": most,
            "days": DAYS,
            "looked_at": LOOKED_AT,
            "outputs": ENOUGH,
            "kind": KIND.value,
        }
        async with session(self._pool, {}, Work.BACKGROUND) as connection:
            rows = [row async for row in queries.samples_of(connection, **which)]
        return [_sampled(row) for row in rows]


def _sampled(row: Any) -> Sampled:
    schema = row["output_schema"]
    return Sampled(
        row["workspace_id"],
        row["connector_id"],
        None if schema is None else json.loads(schema),
        [json.loads(output) for output in row["outputs"]],
        row["told"],
    )
