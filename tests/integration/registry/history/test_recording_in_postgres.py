"""The history in Postgres keeps what every store of it must, and forgets what nobody keeps."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import msgspec
import pytest

from connector_registry import SCHEMA, migrations_dir
from connector_registry.history.recording.days import Days
from connector_registry.history.recording.postgres import PostgresHistory
from connector_registry.history.recording.retention import Retention
from connector_registry.history.recording.tally import Slot, User
from connectors_local.database_users import administrator
from connectors_local.testservers import fresh_database
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.migrations import bring_up_to_date
from connectors_shared.runtime.postgres import open_pool
from connectors_shared.runtime.roles import Role
from tests.unit.registry.history.builders import OTHER_WORKSPACE, WORKSPACE, a_line, a_mapping_line
from tests.unit.registry.history.recording_suite import *  # noqa: F403  # the shared tests, collected here
from tests.unit.registry.history.recording_suite import Counts

NOW = datetime.now(UTC)


class SeenInPostgres:
    """As somebody who sees all rows."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection

    async def ids(self) -> set[tuple[UUID, UUID]]:
        rows = await self.connection.fetch("SELECT workspace_id, id FROM registry.connector_executions")
        return {(row["workspace_id"], row["id"]) for row in rows}

    async def counts(self, slot: Slot) -> Counts | None:
        row = await self.connection.fetchrow(
            "SELECT executions, succeeded, failed, timed_out, skipped, total_ms, errors, durations"
            " FROM registry.execution_rollups"
            " WHERE (workspace_id, period, starts_at, connector_id) = ($1, $2, $3, $4)",
            *slot,
        )
        return row and Counts(**dict(row) | {"errors": msgspec.json.decode(row["errors"])})

    async def users(self) -> dict[User, tuple[datetime, datetime]]:
        rows = await self.connection.fetch("SELECT * FROM registry.connector_flows")
        return {User(*row[:4]): (row["first_used_at"], row["last_used_at"]) for row in rows}

    async def mappings(self) -> int:
        return int(await self.connection.fetchval("SELECT count(*) FROM registry.execution_mappings"))


TABLES = "connector_executions, execution_ids, execution_mappings, execution_rollups, connector_flows, workspaces"


@pytest.fixture(scope="module")
async def shared(postgres_url: str) -> AsyncIterator[tuple[PostgresHistory, SeenInPostgres]]:
    """One database for all of these tests: migrating takes longer than each of them."""
    async with fresh_database(postgres_url) as url:
        await bring_up_to_date(url, migrations_dir(), SCHEMA)
        admin_url = urlsplit(postgres_url)._replace(path=urlsplit(url).path).geturl()
        async with (
            await open_pool(url, schema=SCHEMA, role=Role.WORKER, max_size=3) as pool,
            administrator(admin_url) as connection,
        ):
            history = PostgresHistory(pool)
            await history.keep_days(1, 0)
            yield history, SeenInPostgres(connection)


@pytest.fixture
async def seen(shared: tuple[PostgresHistory, SeenInPostgres]) -> SeenInPostgres:
    _, seen = shared
    await seen.connection.execute(f"SET search_path = registry; TRUNCATE {TABLES}; RESET search_path")
    return seen


@pytest.fixture
def history(shared: tuple[PostgresHistory, SeenInPostgres], seen: SeenInPostgres) -> PostgresHistory:
    """Empty."""
    return shared[0]


async def test_days_are_made_for_late_results_and_dropped_when_nobody_keeps_them(
    history: PostgresHistory, seen: SeenInPostgres
) -> None:
    days = Days(history, SystemClock())
    ancient, kept = NOW - timedelta(days=34), NOW - timedelta(days=14)
    await history.keep_days(35, 1)
    await history.record([a_line(at=ancient)])
    await days.make_for([kept])
    await history.record([a_line(at=kept)])
    times = await seen.connection.fetch("SELECT executed_at FROM registry.connector_executions")
    assert [row["executed_at"] for row in times] == [kept]


async def test_a_workspace_that_keeps_its_history_for_less_loses_its_own_rows_alone(
    history: PostgresHistory, seen: SeenInPostgres
) -> None:
    await seen.connection.execute(
        "INSERT INTO registry.workspaces VALUES ($1, '', NULL, 3, 100, 10, '{}', 1, now(), now(), 'ann')", WORKSPACE
    )
    days = Days(history, SystemClock())
    old = NOW - timedelta(days=4)
    await days.make_for([old])
    ours, fresh, theirs = a_line(at=old), a_line(at=NOW), a_line(at=old, workspaceId=OTHER_WORKSPACE)
    await history.record([ours, fresh, theirs])
    await history.record_mappings([a_mapping_line(updatedAt=old.isoformat()), a_mapping_line()])
    await Retention(history, days).forget()
    assert await seen.ids() == {(WORKSPACE, fresh.id), (OTHER_WORKSPACE, theirs.id)}
    assert await seen.mappings() == 1
    assert await history.record([ours]) == [], "what is forgotten is not counted again when its result comes again"


async def test_two_processes_record_the_same_batch_without_a_deadlock(
    history: PostgresHistory, seen: SeenInPostgres
) -> None:
    lines = [a_line(context={"flowId": f"flow-{number % 7}"}) for number in range(60)]
    new = await asyncio.gather(*(history.record(lines[::step]) for step in (1, -1, 1, -1)))
    assert sorted(line.id for found in new for line in found) == sorted(line.id for line in lines)
    assert len(await seen.ids()) == len(lines)
