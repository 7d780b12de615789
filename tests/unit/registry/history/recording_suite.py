"""What every store of the history does with what is recorded; tests take a `history`, and see in it by `seen`."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID, uuid4

import msgspec

from connector_registry.history.port import HistoryStore
from connector_registry.history.recording.tally import Period, Slot, User
from tests.unit.registry.history.builders import (
    CONNECTOR,
    NOON,
    OTHER_WORKSPACE,
    WORKSPACE,
    a_failed_line,
    a_line,
    a_mapping_line,
)

DAY = NOON.replace(hour=0, minute=0)
THE_DAY = Slot(WORKSPACE, Period.DAY, DAY, CONNECTOR)


@dataclass(frozen=True, slots=True)
class Counts:
    """A row of `execution_rollups`."""

    executions: int
    succeeded: int
    failed: int
    timed_out: int
    skipped: int
    total_ms: int
    errors: dict[str, int]
    durations: list[int]


class Seen(Protocol):
    """What is in the store."""

    async def ids(self) -> set[tuple[UUID, UUID]]: ...
    async def counts(self, slot: Slot) -> Counts | None: ...
    async def users(self) -> dict[User, tuple[datetime, datetime]]: ...
    async def mappings(self) -> int: ...


async def test_an_execution_is_recorded_once_however_often_its_result_comes(history: HistoryStore, seen: Seen) -> None:
    line = a_line()
    assert [found.id for found in await history.record([line, line])] == [line.id]
    assert await history.record([line]) == []
    assert await seen.ids() == {(WORKSPACE, line.id)}
    counts = await seen.counts(THE_DAY)
    assert counts is not None
    assert counts.executions == 1


async def test_another_result_of_the_same_execution_after_midnight_is_no_second_one(
    history: HistoryStore, seen: Seen
) -> None:
    line = a_line(at=NOON.replace(hour=23, minute=59))
    await history.record([line])
    later = msgspec.structs.replace(line, executed_at=line.executed_at + timedelta(minutes=2))
    assert await history.record([later]) == []
    assert await seen.counts(THE_DAY._replace(starts_at=DAY + timedelta(days=1))) is None


async def test_the_same_id_in_another_workspace_is_another_execution(history: HistoryStore, seen: Seen) -> None:
    line = a_line()
    other = msgspec.structs.replace(line, workspace_id=OTHER_WORKSPACE)
    assert len(await history.record([line, other])) == 2
    assert await seen.ids() == {(WORKSPACE, line.id), (OTHER_WORKSPACE, line.id)}


async def test_counts_of_batches_are_added_up_for_the_hour_and_for_the_day(history: HistoryStore, seen: Seen) -> None:
    await history.record([a_line(executionTime=5), a_failed_line(executionTime=9), a_failed_line("timeout")])
    skipped = a_failed_line("cancelled", status="skipped", executionTime=0)
    later = a_line(at=NOON + timedelta(hours=1), executionTime=7)
    await history.record([a_failed_line(executionTime=5, status="timeout"), skipped, later])
    day = await seen.counts(THE_DAY)
    assert day is not None
    assert (day.executions, day.succeeded, day.failed, day.timed_out, day.skipped) == (6, 2, 2, 1, 1)
    assert day.errors == {"http_error": 2, "timeout": 1, "cancelled": 1}
    assert day.total_ms == 5 + 9 + 120 + 5 + 7
    assert (day.durations[5], day.durations[7], day.durations[9]) == (2, 1, 1)
    assert sum(day.durations) == 5
    hour = await seen.counts(THE_DAY._replace(period=Period.HOUR, starts_at=DAY.replace(hour=12)))
    assert hour is not None
    assert hour.executions == 5


async def test_a_test_is_recorded_and_counts_for_nothing(history: HistoryStore, seen: Seen) -> None:
    line = a_line(trigger="test")
    await history.record([line])
    assert await seen.ids() == {(WORKSPACE, line.id)}
    assert await seen.counts(THE_DAY) is None
    assert await seen.users() == {}


async def test_what_uses_a_connector_is_known_with_its_first_and_last_time(history: HistoryStore, seen: Seen) -> None:
    await history.record([a_line(), a_line(at=NOON + timedelta(minutes=3)), a_line(context={"flowId": "flow-2"})])
    await history.record([a_line(at=NOON - timedelta(minutes=3)), a_line(context={}, trigger="rest")])
    users = await seen.users()
    flow = User(WORKSPACE, CONNECTOR, "flow", "flow-1")
    assert users[flow] == (NOON - timedelta(minutes=3), NOON + timedelta(minutes=3))
    assert {(user.kind, user.used_by) for user in users} == {("flow", "flow-1"), ("flow", "flow-2"), ("other", "")}


async def test_an_update_of_a_contact_is_recorded_once(history: HistoryStore, seen: Seen) -> None:
    line = a_mapping_line(executionId=uuid4())
    await history.record_mappings([line])
    await history.record_mappings([line, a_mapping_line()])
    assert await seen.mappings() == 2
