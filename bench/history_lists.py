"""Lists of the history: how long each filter takes over many executions, on a real Postgres, as the registry asks.

Half of the executions are of the workspace that asks.
"""

import random
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import md5
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiosql
import asyncpg

from bench.effort import Effort
from bench.figures import Figure
from bench.lists import LIMIT, timed
from bench.servers import Servers
from connector_registry import SCHEMA, migrations_dir
from connector_registry.history.postgres import PostgresReading
from connector_registry.history.reading import Wanted
from connector_registry.history.recording.postgres import PostgresHistory
from connectors_local.testservers import fresh_database
from connectors_shared.http.cursor import Cursor
from connectors_shared.runtime.migrations import bring_up_to_date
from connectors_shared.runtime.postgres import open_pool
from connectors_shared.runtime.roles import Role, acting_as

PART: Final = "history"
WORKSPACE: Final = UUID(int=101)
PORTION: Final = 100_000
DAYS: Final = 31
CHANCE: Final = random.Random(7)
queries: Final[Any] = aiosql.from_path(Path(__file__).with_name("history.sql"), "asyncpg", mandatory_parameters=False)
Asking = Callable[[PostgresReading], Awaitable[Any]]


async def measure_lists(servers: Servers, effort: Effort) -> list[Figure]:
    async with fresh_database(servers.postgres) as url:
        await bring_up_to_date(url, migrations_dir(), SCHEMA)
        async with (
            await open_pool(url, schema=SCHEMA, role=Role.WORKER, max_size=1) as worker,
            await open_pool(url, schema=SCHEMA, role=Role.APP, max_size=2) as app,
        ):
            await PostgresHistory(worker).keep_days(DAYS, 1)
            await _filled(url, effort.executions)
            reading = PostgresReading(app)
            return [
                await timed(PART, f"{name}, {effort.executions:,} executions, p99", asking, reading)
                for name, asking in _lists(effort.executions)
            ]


async def _filled(url: str, count: int) -> None:
    connection = await asyncpg.connect(acting_as(url, SCHEMA, Role.OWNER))
    try:
        await connection.execute("SET synchronous_commit = off")
        for first in range(1, count + 1, PORTION):
            last = min(first + PORTION - 1, count)
            await queries.fill_executions(connection, workspace_id=WORKSPACE, count=count, first=first, last=last)
        await queries.fill_ids(connection)
        await connection.execute("VACUUM ANALYZE registry.connector_executions")
        await connection.execute("VACUUM ANALYZE registry.execution_ids")
    finally:
        await connection.close()


def _lists(count: int) -> Iterator[tuple[str, Callable[[], Asking]]]:
    """Each asks with values of chance."""

    def page(after: Cursor | None = None, **wanted: Any) -> Asking:
        return lambda reading: reading.page(WORKSPACE, Wanted(**wanted), after, LIMIT)

    def number(most: int) -> int:
        return CHANCE.randrange(most // 2) * 2

    def connector() -> UUID:
        return _id("connector", number(50))

    def moment() -> datetime:
        return datetime.now(UTC) - timedelta(days=30 * CHANCE.random())

    yield "all", lambda: page()
    yield "all, somewhere in the past", lambda: page(Cursor(moment(), UUID(int=0)))
    yield "a connector", lambda: page(connector_id=connector())
    yield "a connector's failures", lambda: page(connector_id=connector(), status="error")
    yield "a connector's of a day", lambda: page(connector_id=connector(), since=(at := moment()), until=at + DAY)
    yield "a connector's of a flow", lambda: page(connector_id=connector(), flow_id=f"flow-{number(500)}")
    yield "a flow", lambda: page(flow_id=f"flow-{number(500)}")
    yield "a run", lambda: page(flow_run_id=f"run-{number(count // 5)}")
    yield "a contact", lambda: page(contact_id=f"contact-{number(count // 20)}")
    yield "failures", lambda: page(status="error")
    yield "a kind of failure", lambda: page(error_type="timeout")
    yield "successes", lambda: page(status="success")
    yield "by hand", lambda: page(trigger="rest")
    yield "a text in the error", lambda: page(text=f"request {number(count) // 20 * 20}.")
    yield "nothing", lambda: page(contact_id="nobody")
    yield "failures by cause", lambda: lambda reading: reading.causes(WORKSPACE, Wanted(connector_id=connector()))
    newest = count // 2
    yield "one in full", lambda: lambda reading: reading.find(WORKSPACE, _id("execution", count - number(newest)))


DAY: Final = timedelta(days=1)


def _id(kind: str, number: int) -> UUID:
    """As the SQL makes it."""
    return UUID(md5(f"{kind} {number}".encode(), usedforsecurity=False).hexdigest())
