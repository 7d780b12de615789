"""Executions are published, and their results come to those who wait for them."""

import asyncio
import gc
import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka.errors import KafkaConnectionError

from connectors_client import (
    ConnectorExecute,
    ConnectorResult,
    Executions,
    NotPublishedError,
    OutcomeLateError,
    TooManyPendingError,
)
from connectors_client.pending import PendingTable
from connectors_shared.contract.execution import ResultStatus

NOW = datetime(2025, 1, 16, tzinfo=UTC)
SOON_SECONDS = 30.0


def an_execution() -> ConnectorExecute:
    return ConnectorExecute(execution_id=uuid4(), workspace_id=UUID(int=1), connector_id=UUID(int=2))


def a_result(execution_id: UUID, data: object = None) -> bytes:
    return ConnectorResult(
        execution_id=execution_id,
        workspace_id=UUID(int=1),
        connector_id=UUID(int=2),
        status=ResultStatus.SUCCESS,
        success=True,
        data=data,
        finished_at=NOW,
    ).to_json()


def records(*bodies: bytes | None) -> list[Any]:
    return [
        SimpleNamespace(topic="connector.result", partition=2, offset=offset, value=body)
        for offset, body in enumerate(bodies, 7)
    ]


class World:
    """A Kafka that answers at once, or never, or not at all; its inbox finds `missed` when it looks back."""

    def __init__(self, *, answers: bool = True, fails: bool = False, hangs: bool = False, most: int = 100) -> None:
        self.table = PendingTable(most)
        self.sent: list[tuple[str, bytes, bytes]] = []
        self.looked_back: list[datetime] = []
        self.missed: list[bytes] = []
        self._answers, self._fails, self._hangs = answers, fails, hangs
        self.executions = Executions(self, self, self.table, "test.")

    async def send(self, topic: str, value: bytes, key: bytes) -> None:
        if self._fails:
            raise KafkaConnectionError("gone")
        if self._hangs:
            await asyncio.Event().wait()
        self.sent.append((topic, value, key))
        if self._answers:
            self.table.take(records(a_result(ConnectorExecute.model_validate_json(value).execution_id)))

    def look_back(self, since: datetime) -> None:
        self.looked_back.append(since)
        self.table.take(records(*self.missed))


async def test_a_result_that_comes_before_the_publishing_ends_is_not_missed() -> None:
    world, execution = World(), an_execution()
    outcome = await world.executions.run(execution, timeout_seconds=SOON_SECONDS)
    assert (outcome.execution_id, outcome.success) == (execution.execution_id, True)
    assert world.sent == [("test.connector.execute", execution.to_json(), execution.key())]


async def test_a_result_that_does_not_come_may_still_come() -> None:
    world = World(answers=False)
    pending = await world.executions.publish(an_execution())
    with pytest.raises(OutcomeLateError) as raised:
        await pending.outcome(0.001)
    assert raised.value.may_have_happened
    world.table.take(records(a_result(pending.execution_id, "late")))
    assert (await pending.outcome(SOON_SECONDS)).data == "late"


@pytest.mark.parametrize("how", ["fails", "hangs"])
async def test_what_kafka_does_not_confirm_may_be_published_again(how: str) -> None:
    world, execution = World(**{how: True}), an_execution()
    with pytest.raises(NotPublishedError) as raised:
        await world.executions.publish(execution, timeout_seconds=0.01)
    assert (raised.value.execution_id, raised.value.may_have_happened) == (execution.execution_id, True)


async def test_the_first_result_counts_and_all_who_wait_get_it() -> None:
    table, execution_id = PendingTable(), uuid4()
    first, second = table.expect(execution_id), table.expect(execution_id)
    table.take(records(a_result(execution_id, 1), a_result(execution_id, 2)))
    assert [(await pending.outcome(SOON_SECONDS)).data for pending in (first, second)] == [1, 1]


async def test_foreign_and_unreadable_messages_are_passed_over() -> None:
    table = PendingTable()
    pending = table.expect(uuid4())
    head = f'{{"executionId": "{pending.execution_id}"}}'.encode()
    deep = b'{"executionId":' + b"[" * 100_000
    table.take(records(None, b"", b"\xff", b"[]", deep, a_result(uuid4()), head))
    assert not pending.done
    table.take(records(a_result(pending.execution_id)))
    assert pending.done


async def test_a_result_that_cannot_be_read_is_counted_and_told_once_with_its_place(
    capsys: pytest.CaptureFixture[str],
) -> None:
    world = World(answers=False)
    pending = await world.executions.publish(an_execution())
    newer = json.dumps(json.loads(a_result(pending.execution_id, "canary")) | {"status": "postponed"}).encode()
    world.table.take(records(newer, a_result(uuid4()), newer))
    said = "".join(capsys.readouterr())
    assert (world.executions.unreadable, pending.done) == (2, False)
    assert said.count("result.unreadable") == 1
    assert all(fact in said for fact in (str(pending.execution_id), "connector.result", "7", "status: enum"))
    assert "canary" not in said
    world.table.take(records(a_result(pending.execution_id)))
    assert pending.done


async def test_what_is_pending_is_bounded_and_what_nobody_holds_is_forgotten() -> None:
    table = PendingTable(most=2)
    held = table.expect(uuid4())
    table.expect(uuid4())
    gc.collect()
    other = table.expect(uuid4())
    with pytest.raises(TooManyPendingError, match="2 executions"):
        table.expect(uuid4())
    assert table.expect(held.execution_id) is held
    assert len(table) == 2
    assert other is not held


async def test_results_of_an_earlier_process_are_looked_for_from_its_time_on() -> None:
    world, execution_id = World(), uuid4()
    world.missed = [a_result(execution_id, "missed")]
    [pending] = world.executions.resume(execution_id, since=NOW)
    assert (await pending.outcome(SOON_SECONDS)).data == "missed"
    assert world.looked_back == [NOW]


async def test_nothing_is_looked_for_that_is_there() -> None:
    world, execution = World(), an_execution()
    pending = await world.executions.publish(execution)
    assert world.executions.resume(execution.execution_id, since=NOW) == [pending]
    assert world.looked_back == []
