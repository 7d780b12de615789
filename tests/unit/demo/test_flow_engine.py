"""The flow engine follows every execution to its end, whatever order and number the messages come in."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors_local.demo.exchange import Heard
from connectors_local.demo.flow_engine import FlowEngine, FlowReport, Latencies, Progress
from connectors_shared.contract.contact import FieldMapping
from connectors_shared.contract.execution import (
    ConnectorExecute,
    ConnectorResult,
    ExecutionError,
    ResultStatus,
)
from connectors_shared.contract.failure import FailureType
from connectors_shared.contract.updates import ContactUpdated

NOW = datetime(2025, 1, 16, tzinfo=UTC)
SOON_SECONDS = 5.0
Answer = Callable[[ConnectorExecute], list[Heard]]


def an_execution() -> ConnectorExecute:
    mapping = FieldMapping(source_path="a", target_field="city")
    return ConnectorExecute(
        execution_id=uuid4(), workspace_id=UUID(int=1), connector_id=UUID(int=2), field_mappings=[mapping]
    )


def a_result(event: ConnectorExecute, *, success: bool = True) -> ConnectorResult:
    return ConnectorResult(
        execution_id=event.execution_id,
        workspace_id=event.workspace_id,
        connector_id=event.connector_id,
        status=ResultStatus.SUCCESS if success else ResultStatus.ERROR,
        success=success,
        error=None if success else ExecutionError(type=FailureType.HTTP_ERROR, message="500"),
        finished_at=NOW,
    )


def an_update(event: ConnectorExecute) -> ContactUpdated:
    return ContactUpdated(
        execution_id=event.execution_id,
        workspace_id=event.workspace_id,
        connector_id=event.connector_id,
        updated_at=NOW,
    )


class InMemoryExchange:
    """Answers each execution as told, as executor and mapper would."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.inbox: asyncio.Queue[list[Heard]] = asyncio.Queue()

    async def publish(self, event: ConnectorExecute) -> None:
        self.inbox.put_nowait(self.answer(event))

    async def hear(self) -> list[Heard]:
        try:
            async with asyncio.timeout(0.01):
                return await self.inbox.get()
        except TimeoutError:
            return []


async def run(answer: Answer, count: int = 3, timeout_seconds: float = SOON_SECONDS) -> FlowReport:
    engine = FlowEngine(InMemoryExchange(answer))
    return await engine.run([an_execution() for _ in range(count)], timeout_seconds)


async def test_a_run_ends_when_every_contact_was_updated() -> None:
    report = await run(lambda event: [a_result(event), an_update(event)])
    assert report.progress == Progress(total=3, published=3, answered=3, failed=0, updated=3)
    assert report.duration_seconds < SOON_SECONDS


async def test_an_update_may_be_heard_before_its_result() -> None:
    report = await run(lambda event: [an_update(event), a_result(event)])
    assert report.progress.updated == report.progress.answered == 3


async def test_repeats_and_messages_of_others_change_nothing() -> None:
    stranger = an_execution()

    def noisy(event: ConnectorExecute) -> list[Heard]:
        mine: list[Heard] = [a_result(event), a_result(event, success=False), an_update(event)]
        return [a_result(stranger), *mine, *mine]

    report = await run(noisy)
    assert report.progress == Progress(total=3, published=3, answered=3, failed=0, updated=3)
    assert stranger.execution_id not in report.outcomes


async def test_a_failed_call_is_not_waited_for_any_longer() -> None:
    report = await run(lambda event: [a_result(event, success=False)])
    assert report.progress == Progress(total=3, published=3, answered=3, failed=3, updated=0)
    assert report.duration_seconds < SOON_SECONDS
    assert report.until_updated() is None


async def test_the_time_limit_ends_a_run_and_the_report_says_what_is_missing() -> None:
    report = await run(lambda event: [a_result(event)], timeout_seconds=0.05)
    assert report.progress == Progress(total=3, published=3, answered=3, failed=0, updated=0)
    assert not any(outcome.settled for outcome in report.outcomes.values())


async def test_an_execution_without_mappings_ends_with_its_result() -> None:
    event = an_execution().model_copy(update={"field_mappings": []})
    report = await FlowEngine(InMemoryExchange(lambda event: [a_result(event)])).run([event], SOON_SECONDS)
    assert report.outcomes[event.execution_id].settled
    assert report.duration_seconds < SOON_SECONDS


async def test_a_broker_that_refuses_ends_the_run_with_its_error() -> None:
    def refuse(event: ConnectorExecute) -> list[Heard]:
        raise ConnectionError("refused")

    with pytest.raises(ExceptionGroup) as caught:
        await run(refuse)
    assert caught.group_contains(ConnectionError, match="refused")


async def test_progress_never_goes_back() -> None:
    seen: list[Progress] = []
    exchange = InMemoryExchange(lambda event: [a_result(event), an_update(event)])
    await FlowEngine(exchange, seen.append).run([an_execution() for _ in range(5)], SOON_SECONDS)
    assert seen[-1].updated == 5
    for earlier, later in pairwise(seen):
        assert earlier.published <= later.published
        assert earlier.answered <= later.answered
        assert earlier.updated <= later.updated


@given(st.lists(st.floats(0, 100), min_size=1, max_size=300))
def test_percentiles_are_values_that_were_measured(seconds: list[float]) -> None:
    found = Latencies.of(seconds)
    assert found is not None
    for percent, value in ((50, found.p50), (95, found.p95), (99, found.p99)):
        measured = [second * 1000 for second in seconds]
        assert value in measured
        assert sum(m <= value for m in measured) >= len(measured) * percent / 100
        assert sum(m < value for m in measured) < len(measured) * percent / 100
