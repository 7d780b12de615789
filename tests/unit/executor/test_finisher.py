"""The finisher: kept, then published, then told; and what its topic does not take ends all the same."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka.errors import KafkaConnectionError, MessageSizeTooLargeError

from connector_executor.admission.memory import InMemoryAdmission
from connector_executor.admission.memory_store import Store
from connector_executor.admission.parts import Parts
from connector_executor.admission.port import Completion, Ended, PartedAdmission, Position
from connector_executor.connectors.plan import Plan, compile_plan
from connector_executor.execution import Arrival, Execution, Origin, Source
from connector_executor.finisher import Finisher
from connector_executor.metrics import ExecutorMetrics
from connector_executor.outbound.outbox import Outbox
from connector_executor.outcome import Failure, Success
from connector_executor.recovery.settling import Settling
from connector_executor.scheduling.line import Line
from connector_executor.scheduling.places import Places
from connectors_shared.contract.execution import ConnectorExecute, ConnectorResult
from connectors_shared.contract.failure import DeadReason, FailureType
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.outgoing import record_bytes
from connectors_shared.runtime.supervision import Supervisor
from tests.unit.executor.a_connector import a_connector, a_plan

Journal = list[tuple[str, str]]
SECOND = 1_000_000
MOST_WAITING = 100_000


class Away(InMemoryAdmission):
    """Keeps nothing for the first `outages` questions; writes down what it kept."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(Store(lambda: 1_000 * SECOND), "me", 2 * SECOND, 30 * SECOND)
        self.journal = journal
        self.outages = 0

    async def complete(self, completions: Sequence[Completion]) -> list[bytes | None]:
        if self.outages:
            self.outages -= 1
            raise ConnectionError("away")
        self.journal += [("kept", completion.ask.execution_id) for completion in completions]
        return await super().complete(completions)


@dataclass(frozen=True)
class Sent:
    """As the client tells where a record is."""

    partition: int
    offset: int


@dataclass
class Topic:
    """Stands for the producer: refuses with `faults` first, and takes records of up to `most` bytes."""

    journal: Journal
    most: int = 10**9
    faults: list[Exception] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)
    headers: list[Any] = field(default_factory=list)
    keys: list[bytes | None] = field(default_factory=list)
    silent: bool = False
    unanswered: list["asyncio.Future[Any]"] = field(default_factory=list)

    def answer(self) -> None:
        """Acknowledge what has been sent since it was `silent`."""
        self.silent, unanswered = False, self.unanswered
        for place, acknowledged in enumerate(unanswered):
            acknowledged.set_result(Sent(0, place))

    def fits(self, _topic: str, value: bytes, key: bytes | None, headers: list[Any]) -> bool:
        return record_bytes(value, key, headers) <= self.most

    async def send(self, topic: str, *, value: bytes, key: bytes, headers: list[Any]) -> "asyncio.Future[Any]":
        acknowledged = asyncio.get_running_loop().create_future()
        if self.faults:
            acknowledged.set_exception(self.faults.pop(0))
        elif not self.fits(topic, value, key, headers):
            raise MessageSizeTooLargeError()
        else:
            self.sent.append(value)
            self.keys.append(key)
            self.headers.append(headers)
            self.journal.append(("published", json.loads(value)["executionId"]))
            if self.silent:
                self.unanswered.append(acknowledged)
            else:
                acknowledged.set_result(Sent(0, len(self.sent)))
        return acknowledged


@dataclass
class DeadLetterTwin:
    """Stands for the dead letters."""

    letters: list[tuple[Source, DeadReason, str]] = field(default_factory=list)

    async def write(self, record: Source, reason: DeadReason, detail: str) -> None:
        self.letters.append((record, reason, detail))


class Told(Origin):
    """Remembers the message of its end."""

    def __init__(self, journal: Journal, done: "asyncio.Queue[str]", id_: str) -> None:
        self.journal = journal
        self.done = done
        self.id = id_
        self.message: bytes | None = None

    def finished(self, message: bytes) -> None:
        self.message = message
        self.journal.append(("told", self.id))
        self.done.put_nowait(self.id)


@dataclass
class Bench:
    finisher: Finisher
    admission: Away
    topic: Topic
    dead: DeadLetterTwin
    settling: Settling
    outbox: Outbox
    places: Places
    journal: Journal
    done: "asyncio.Queue[str]"

    def an_execution(self, plan: Plan | None = None, **fields: Any) -> Execution:
        plan = plan or a_plan()
        ids = {"execution_id": uuid4(), "workspace_id": plan.published.workspace_id, "connector_id": plan.connector_id}
        event = ConnectorExecute.model_validate(ids | fields)
        origin = Told(self.journal, self.done, str(event.execution_id))
        return Execution(event, plan, origin, 0.0, Source(event.to_json(), topic="connector.execute", offset=7))

    async def ended(self) -> str:
        return await asyncio.wait_for(self.done.get(), 5)

    def result(self, position: int = -1) -> ConnectorResult:
        return ConnectorResult.model_validate_json(self.topic.sent[position])


async def recall(position: Position, execution_id: str) -> bytes | None:
    """Stands for the log of results."""
    return f"{execution_id} at {position.offset}".encode() if position.offset else None


def _never() -> None:
    raise AssertionError("a task has failed")


@pytest.fixture
async def bench(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    monkeypatch.setattr("connectors_shared.runtime.persist.LONGEST_PAUSE_SECONDS", 0.001)
    journal: Journal = []
    admission = Away(journal)
    await admission.join()
    async with opened(admission, admission, journal) as bench:
        yield bench


@asynccontextmanager
async def opened(admission: PartedAdmission, first: Away, journal: Journal) -> AsyncIterator[Bench]:
    done: asyncio.Queue[str] = asyncio.Queue()
    topic, dead = Topic(journal), DeadLetterTwin()
    fakes: Callable[[Any], Any] = lambda fake: fake  # noqa: E731
    metrics, supervisor = ExecutorMetrics(), Supervisor(_never)
    line = Line(metrics)
    settling, outbox = Settling(admission, line), Outbox(MOST_WAITING)
    places = Places(10, metrics)
    finisher = Finisher(
        admission,
        fakes(topic),
        "results",
        fakes(dead),
        settling,
        fakes(recall),
        line,
        places,
        outbox,
        supervisor,
        SystemClock(),
        metrics,
        max_result_bytes=1_000,
    )
    async with supervisor.running(finisher.run):
        yield Bench(finisher, first, topic, dead, settling, outbox, places, journal, done)
    await supervisor.close()


async def test_an_outcome_is_kept_then_published_then_told(bench: Bench) -> None:
    execution = bench.an_execution(context={"contact_id": "c-1"})
    execution.traceparent = "00-1-2-01"
    bench.finisher.finish(execution, Success({"a": 1}, 200))
    assert await bench.ended() == execution.id
    assert [step for step, _ in bench.journal] == ["kept", "published", "told"]
    assert (bench.topic.keys, bench.topic.headers) == ([b"c-1"], [[("traceparent", b"00-1-2-01")]])
    assert bench.result().data == {"a": 1}
    assert execution.origin.message == bench.topic.sent[0]  # type: ignore[attr-defined]


async def test_the_key_is_the_contact_else_the_flow_run_else_the_execution(bench: Bench) -> None:
    contexts = ({"contact_id": "c", "flow_run_id": "r"}, {"flow_run_id": "r"}, {})
    executions = [bench.an_execution(context=context) for context in contexts]
    for execution in executions:
        bench.finisher.finish(execution, Success(None, 204))
        await bench.ended()
    assert bench.topic.keys == [b"c", b"r", executions[2].id.encode()]


async def test_outcomes_of_calls_beside_others_are_kept_together(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector_executor.finisher.FEW_COLLECT_SECONDS", 3600.0)
    bench.places.take(bench.an_execution())
    first, interactive = bench.an_execution(), bench.an_execution(lane="interactive")
    bench.finisher.finish(first, Success(1, 200))
    for _ in range(10):
        await asyncio.sleep(0)
    assert not bench.journal
    bench.finisher.finish(interactive, Success(2, 200))
    await bench.ended()
    assert bench.journal[:2] == [("kept", first.id), ("kept", interactive.id)]


async def test_who_waits_for_an_answer_and_who_is_alone_wait_for_no_other_outcome(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector_executor.finisher.FEW_COLLECT_SECONDS", 3600.0)
    alone = bench.an_execution()
    bench.finisher.finish(alone, Success(1, 200))
    assert await bench.ended() == alone.id
    bench.places.take(bench.an_execution())
    asked = bench.an_execution()
    asked.origin.arrival = Arrival.CALLER
    bench.finisher.finish(asked, Success(2, 200))
    assert await bench.ended() == asked.id


async def test_nothing_is_published_before_the_store_has_it(bench: Bench) -> None:
    bench.admission.outages = 3
    bench.finisher.finish(bench.an_execution(), Success(1, 200))
    await bench.ended()
    assert [step for step, _ in bench.journal] == ["kept", "published", "told"]


async def test_an_outcome_that_another_run_kept_first_is_the_one_published(bench: Bench) -> None:
    execution_id = uuid4()
    for data in ("first", "second"):
        bench.finisher.finish(bench.an_execution(execution_id=execution_id), Success(data, 200))
        await bench.ended()
    assert bench.topic.sent[0] == bench.topic.sent[1]


async def test_what_kafka_did_not_acknowledge_is_sent_again_in_the_same_bytes(bench: Bench) -> None:
    bench.topic.faults = [KafkaConnectionError(), KafkaConnectionError()]
    execution = bench.an_execution()
    bench.finisher.finish(execution, Success(1, 200))
    await bench.ended()
    assert [step for step, _ in bench.journal] == ["kept", "published", "told"]
    assert bench.topic.sent == [execution.origin.message]  # type: ignore[attr-defined]


async def test_a_repeat_is_published_as_it_was_and_not_kept_again(bench: Bench) -> None:
    message = json.dumps({"executionId": "1", "odd": "  "}).encode()
    bench.finisher.republish(bench.an_execution(), message)
    await bench.ended()
    assert bench.topic.sent == [message]
    assert [step for step, _ in bench.journal] == ["published", "told"]


async def test_a_repeat_whose_outcome_is_out_is_told_and_not_published(bench: Bench) -> None:
    bench.finisher.drop(bench.an_execution())
    await bench.ended()
    assert [step for step, _ in bench.journal] == ["told"]


async def test_an_outcome_that_is_settled_elsewhere_is_not_published(bench: Bench) -> None:
    execution = bench.an_execution()
    bench.finisher.finish(execution, Success(1, 200))
    await bench.ended()
    await bench.admission.settle([Ended(execution.workspace_id, execution.id)])
    bench.finisher.finish(execution, Success(2, 200))
    await bench.ended()
    assert len(bench.topic.sent) == 1


async def test_data_above_the_limit_end_as_a_result_that_says_so(bench: Bench) -> None:
    bench.finisher.finish(bench.an_execution(), Success("x" * 1_001, 200))
    await bench.ended()
    error = bench.result().error
    assert error is not None
    assert (error.type, error.http_status) == (FailureType.RESULT_TOO_LARGE, 200)


async def test_what_the_broker_refuses_is_published_in_its_smallest_form(bench: Bench) -> None:
    execution = bench.an_execution(context={"contact_id": "c", "variables": {"text": "x" * 5_000}})
    bench.topic.most = 2_000
    bench.finisher.finish(execution, Success({"a": 1}, 200))
    await bench.ended()
    [sent] = bench.topic.sent
    error = bench.result().error
    assert error is not None
    assert error.type is FailureType.RESULT_TOO_LARGE
    assert bench.dead.letters == []
    bench.finisher.republish(execution, execution.origin.message)  # type: ignore[attr-defined]
    await bench.ended()
    assert bench.topic.sent == [sent, sent], "a repeat has the same bytes"


async def test_one_that_was_refused_in_company_is_sent_again_as_it_is(bench: Bench) -> None:
    bench.topic.faults = [MessageSizeTooLargeError()]
    bench.finisher.finish(bench.an_execution(), Success({"a": 1}, 200))
    await bench.ended()
    assert bench.result().data == {"a": 1}


async def test_what_fits_in_no_form_is_a_dead_letter_and_the_next_one_goes(bench: Bench) -> None:
    bench.topic.most = 100
    execution = bench.an_execution()
    bench.finisher.finish(execution, Failure(FailureType.HTTP_ERROR, "no", 500))
    assert await bench.ended() == execution.id
    [(source, reason, _)] = bench.dead.letters
    assert (source, reason) == (execution.source, DeadReason.TOO_LARGE)
    assert bench.topic.sent == []
    bench.topic.most = 10**6
    bench.finisher.finish(bench.an_execution(), Success(1, 200))
    await bench.ended()
    assert bench.result().data == 1


async def test_a_kept_message_that_nobody_can_read_is_a_dead_letter_when_it_does_not_fit(bench: Bench) -> None:
    bench.topic.most = 100
    bench.finisher.republish(bench.an_execution(), b"\x00" * 500)
    await bench.ended()
    assert len(bench.dead.letters) == 1


async def test_each_end_is_counted_by_what_it_tells(bench: Bench) -> None:
    bench.finisher.finish(bench.an_execution(), Success("x" * 1_001, 200))
    bench.finisher.finish(bench.an_execution(), Success(1, 200))
    await bench.ended()
    await bench.ended()
    registry = bench.finisher._metrics.registry
    counted = {
        outcome: registry.get_sample_value("connectors_executor_results_total", {"outcome": outcome})
        for outcome in ("success", "result_too_large")
    }
    assert counted == {"success": 1, "result_too_large": 1}


async def test_what_is_acknowledged_is_told_to_the_store_with_its_position(bench: Bench) -> None:
    execution = bench.an_execution()
    bench.finisher.finish(execution, Success({"a": 1}, 200))
    await bench.ended()
    assert bench.settling.untold == [Ended(execution.workspace_id, execution.id, Position(0, 1))]
    await bench.settling.tell()
    assert bench.settling.untold == []
    assert await bench.admission.complete([Completion(execution.ask(), b"another")]) == [None]


async def test_a_repeat_whose_caller_waits_is_told_what_was_published(bench: Bench) -> None:
    for offset, told in ((7, "{id} at 7"), (0, "")):
        execution = bench.an_execution()
        bench.finisher.recall(execution, Position(0, offset))
        await bench.ended()
        assert isinstance(execution.origin, Told)
        assert execution.origin.message == told.format(id=execution.id).encode()
    assert bench.topic.sent == []


async def test_what_kafka_does_not_acknowledge_counts_until_it_does(bench: Bench) -> None:
    bench.topic.silent = True
    executions = []
    while not bench.outbox.full:
        executions.append(bench.an_execution())
        bench.finisher.finish(executions[-1], Success("x" * 500, 200))
        assert len(executions) < 200
    assert bench.outbox.held_bytes > 500 * len(executions)
    while len(bench.topic.unanswered) < len(executions):
        await asyncio.sleep(0)
    assert bench.done.empty()
    bench.topic.answer()
    assert {await bench.ended() for _ in executions} == {execution.id for execution in executions}
    assert (bench.outbox.full, bench.outbox.held_bytes) == (False, 0)


async def test_whatever_way_a_result_goes_it_takes_nothing_afterwards(bench: Bench) -> None:
    execution = bench.an_execution()
    bench.topic.faults = [KafkaConnectionError()]
    bench.finisher.finish(execution, Success(1, 200))
    await bench.ended()
    await bench.admission.settle([Ended(execution.workspace_id, execution.id)])
    bench.finisher.finish(execution, Success(2, 200))
    bench.finisher.drop(bench.an_execution())
    bench.topic.most = 100
    bench.finisher.republish(bench.an_execution(), b"\x00" * 500)
    for _ in range(3):
        await bench.ended()
    assert bench.outbox.held_bytes == 0


async def test_outcomes_of_a_part_that_is_away_hold_no_other_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors_shared.runtime.persist.LONGEST_PAUSE_SECONDS", 0.001)
    journal: Journal = []
    parts = [Away(journal), Away(journal)]
    for part in parts:
        await part.join()
    async with opened(Parts(parts), parts[0], journal) as bench:
        first, second = [in_part(Parts(parts), number) for number in range(2)]
        parts[1].outages = 1_000
        stays = bench.an_execution(second)
        bench.finisher.finish(stays, Success(1, 200))
        for _ in range(3):
            goes = bench.an_execution(first)
            bench.finisher.finish(goes, Success(1, 200))
            assert await bench.ended() == goes.id
        parts[1].outages = 0
        assert await bench.ended() == stays.id
    assert {id_ for step, id_ in journal if step == "kept"} >= {stays.id}
    await bench.settling.tell()
    assert [len(part._store.markers) for part in parts] == [3, 1]


def in_part(parts: Parts, part: int) -> Plan:
    workspace_id: UUID = next(one for one in iter(uuid4, None) if parts.part_of(str(one)) == part)
    return compile_plan(a_connector(workspace_id=workspace_id))
