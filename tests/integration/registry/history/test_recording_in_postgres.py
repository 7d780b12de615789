"""The history in Postgres keeps what every store of it must, and forgets what nobody keeps."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from connector_registry.history.recording import postgres
from connector_registry.history.recording.days import Days
from connector_registry.history.recording.postgres import PostgresHistory
from connector_registry.history.recording.retention import Retention
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.postgres_faults import TooSlowStatementError
from tests.integration.registry.history.conftest import SeenInPostgres
from tests.unit.registry.history.builders import OTHER_WORKSPACE, WORKSPACE, a_line, a_mapping_line
from tests.unit.registry.history.recording_suite import *  # noqa: F403  # the shared tests, collected here

NOW = datetime.now(UTC)
SETTLED = "INSERT INTO registry.workspaces VALUES ($1, '', NULL, 3, 100, 10, '{}', 1, now(), now(), 'ann')"
"""To keep its history for three days."""


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


class NoNotices:
    async def forget(self) -> None:
        """There are none."""


async def test_a_workspace_that_keeps_its_history_for_less_loses_its_own_rows_alone(
    history: PostgresHistory, seen: SeenInPostgres
) -> None:
    await seen.connection.execute(SETTLED, WORKSPACE)
    days = Days(history, SystemClock())
    old = NOW - timedelta(days=4)
    await days.make_for([old])
    ours, fresh, theirs = a_line(at=old), a_line(at=NOW), a_line(at=old, workspaceId=OTHER_WORKSPACE)
    await history.record([ours, fresh, theirs])
    await history.record_mappings([a_mapping_line(updatedAt=old.isoformat()), a_mapping_line()])
    await Retention(history, NoNotices(), days).forget()
    assert await seen.ids() == {(WORKSPACE, fresh.id), (OTHER_WORKSPACE, theirs.id)}
    assert await seen.mappings() == 1
    assert await history.record([ours]) == [], "what is forgotten is not counted again when its result comes again"


async def test_what_goes_with_its_day_is_not_removed_row_by_row(history: PostgresHistory, seen: SeenInPostgres) -> None:
    days = Days(history, SystemClock())
    line = a_line(at=NOW - timedelta(days=30, hours=1))
    await history.keep_days(31, 0)
    await history.record([line])
    await Retention(history, NoNotices(), days).forget()
    assert await seen.ids() == {(WORKSPACE, line.id)}


REFUSED = """
    CREATE FUNCTION registry.refused() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.workspace_id = '{}' THEN RAISE EXCEPTION USING ERRCODE = 'query_canceled'; END IF;
        RETURN OLD;
    END $$;
    CREATE TRIGGER refused BEFORE DELETE ON registry.connector_executions
        FOR EACH ROW EXECUTE FUNCTION registry.refused()
"""


async def test_a_portion_that_fails_undoes_no_other_and_holds_up_none_but_its_own_workspace(
    history: PostgresHistory, seen: SeenInPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "FORGET_AT_ONCE", 2)
    old = NOW - timedelta(days=4)
    await Days(history, SystemClock()).make_for([old])
    workspaces = [UUID(int=number) for number in (1, 2, 3)]
    for workspace_id in workspaces:
        await seen.connection.execute(SETTLED, workspace_id)
        await history.record([a_line(at=old, workspaceId=workspace_id) for _ in range(5)])
    await seen.connection.execute(REFUSED.format(workspaces[1]))
    try:
        with pytest.raises(TooSlowStatementError):
            await history.forget_executions()
        assert Counter(whose for whose, _ in await seen.ids()) == {workspaces[1]: 5, workspaces[2]: 5}
        with pytest.raises(TooSlowStatementError):
            await history.forget_executions()
        assert Counter(whose for whose, _ in await seen.ids()) == {workspaces[1]: 5}
    finally:
        await seen.connection.execute("DROP FUNCTION registry.refused CASCADE")


async def test_two_processes_record_the_same_batch_without_a_deadlock(
    history: PostgresHistory, seen: SeenInPostgres
) -> None:
    lines = [a_line(context={"flowId": f"flow-{number % 7}"}) for number in range(60)]
    new = await asyncio.gather(*(history.record(lines[::step]) for step in (1, -1, 1, -1)))
    assert sorted(line.id for found in new for line in found) == sorted(line.id for line in lines)
    assert len(await seen.ids()) == len(lines)
