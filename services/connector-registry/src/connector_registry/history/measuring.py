"""Success metrics in Postgres, on the app's pool: sums of what is counted, never of executions themselves."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiosql
import asyncpg

from connector_registry.history.durations import counted
from connector_registry.history.measures import (
    HOURS,
    MOST_CONNECTORS,
    Adoption,
    Counts,
    Hour,
    Measured,
    Period,
    added,
)
from connectors_shared.runtime.postgres import Work, of_workspace, session

queries: Final[Any] = aiosql.from_path(Path(__file__).parent / "measures.sql", "asyncpg", mandatory_parameters=False)
COLUMNS: Final = tuple(Counts.__slots__)
BY_DAY, BY_CONNECTOR, BY_CATEGORY = 3, 5, 6
"""Of `grouped` in the query of sums."""


class PostgresMeasures:
    """See `measures.Measures`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def of(self, workspace_id: UUID, wanted: Period) -> Measured:
        asked = {
            "workspace_id": workspace_id,
            "since": wanted.since,
            "until": wanted.until,
            "connector_id": wanted.connector_id,
            "category": wanted.category,
        }
        async with session(self._pool, of_workspace(workspace_id), Work.READ) as connection:
            adoption = await queries.adoption(connection, **asked)
            flows = await queries.flows_using(connection, **asked)
            sums = [row async for row in queries.sums(connection, **asked)]
            errors = {row["type"]: row["failures"] async for row in queries.failures(connection, **asked)}
            durations = {row["bucket"]: row["executions"] async for row in queries.durations(connection, **asked)}
            hours = {row["hour"]: row["executions"] async for row in queries.hours(connection, **asked)}
        by_day = {row["day"]: _counts(row) for row in sums if row["grouped"] == BY_DAY}
        by_connector = {row["connector_id"]: _counts(row) for row in sums if row["grouped"] == BY_CONNECTOR}
        names = {row["connector_id"]: row["name"] for row in sums if row["grouped"] == BY_CONNECTOR and row["name"]}
        return Measured(
            adoption=Adoption(**dict(adoption), flows=flows),
            total=added(by_day.values()),
            durations=counted(durations),
            errors=errors,
            by_day=by_day,
            by_hour=hours,
            by_category={row["category"]: row["executions"] for row in sums if row["grouped"] == BY_CATEGORY},
            by_connector=dict(islice(by_connector.items(), MOST_CONNECTORS)),
            names=names,
        )

    async def hourly(
        self, workspace_id: UUID, connector_ids: Sequence[UUID], since: datetime
    ) -> Mapping[UUID, Mapping[datetime, Hour]]:
        asked = {
            "workspace_id": workspace_id,
            "connector_ids": list(connector_ids),
            "since": since,
            "until": since + timedelta(hours=HOURS),
        }
        found: defaultdict[UUID, dict[datetime, Hour]] = defaultdict(dict)
        async with session(self._pool, of_workspace(workspace_id), Work.READ) as connection:
            async for row in queries.activity(connection, **asked):
                found[row["connector_id"]][row["starts_at"]] = Hour(row["executions"], row["failed"])
        return found


def _counts(row: Any) -> Counts:
    return Counts(*(row[name] for name in COLUMNS))
