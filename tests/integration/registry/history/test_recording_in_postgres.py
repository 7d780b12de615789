"""The history in Postgres keeps what every store of it must, and forgets what nobody keeps."""

import asyncio
from datetime import UTC, datetime, timedelta

from connector_registry.history.recording.days import Days
from connector_registry.history.recording.postgres import PostgresHistory
from connector_registry.history.recording.retention import Retention
from connectors_shared.runtime.clock import SystemClock
from tests.integration.registry.history.conftest import SeenInPostgres
from tests.unit.registry.history.builders import OTHER_WORKSPACE, WORKSPACE, a_line, a_mapping_line
from tests.unit.registry.history.recording_suite import *  # noqa: F403  # the shared tests, collected here

NOW = datetime.now(UTC)


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
