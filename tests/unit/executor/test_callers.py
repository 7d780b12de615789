"""Callers: each is told the outcome, or why there is none, and nobody waits longer than he said."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from connector_executor.admission.port import Verdict
from connector_executor.connectors.table import ConnectorTable
from connector_executor.execution import Arrival, Execution
from connector_executor.inbound import callers as callers_module
from connector_executor.inbound.callers import Refusal, Refused, SynchronousCalls
from connector_executor.inbound.lookups import Lookups
from connector_executor.outbound.outbox import Outbox
from connectors_shared.contract.execution import ConnectorExecute
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.supervision import Supervisor
from tests.unit.executor.a_connector import CONNECTOR, WORKSPACE, a_connector, newer_definition
from tests.unit.executor.a_credential import CREDENTIAL, OAUTH2, a_credential, a_token

Answer = Callable[[Execution], None]


def never(_execution: Execution) -> None:
    return


@dataclass
class Bench:
    """The inlet; `answer` is what the line makes of an execution. It stands for the claims, too."""

    table: ConnectorTable = field(default_factory=lambda: ConnectorTable(default_max_in_flight=8))
    answer: Answer = never
    available: bool = True
    published: asyncio.Event = field(default_factory=asyncio.Event)
    submitted: list[Execution] = field(default_factory=list)
    most_waiting: int = 100
    outbox: Outbox = field(default_factory=lambda: Outbox(1_000))
    calls: SynchronousCalls = field(init=False)

    def __post_init__(self) -> None:
        stand_in: Any = self
        self.calls = SynchronousCalls(
            self.table, self.lookups(), stand_in, stand_in, self.outbox, SystemClock(), most_waiting=self.most_waiting
        )

    def answers(self, _workspace_id: object) -> bool:
        return self.available

    def lookups(self) -> Lookups:
        async def read() -> None:
            await self.published.wait()

        return Lookups(read, Supervisor(lambda: pytest.fail("a task has failed")))

    def submit(self, execution: Execution) -> None:
        self.submitted.append(execution)
        self.answer(execution)

    def publish(self, connector_id: UUID = CONNECTOR) -> None:
        self.table.apply(connector_id, a_connector(connector_id=connector_id).to_json())
        self.published.set()


@pytest.fixture
async def bench() -> Bench:
    return Bench()


def an_event(**fields: Any) -> ConnectorExecute:
    return ConnectorExecute.model_validate(
        {"execution_id": uuid4(), "workspace_id": WORKSPACE, "connector_id": CONNECTOR} | fields
    )


async def test_the_published_message_is_the_answer(bench: Bench) -> None:
    bench.publish()
    bench.answer = lambda execution: execution.origin.finished(b'{"success": true}')
    assert await bench.calls.execute(an_event(), 5) == b'{"success": true}'
    [execution] = bench.submitted
    assert execution.arrival is Arrival.CALLER


@pytest.mark.parametrize(
    ("end", "refused"),
    [
        (lambda one: one.origin.refused(one, Verdict.LATER, 9.0), Refused(Refusal.LIMITED, 9.0)),
        (lambda one: one.origin.refused(one, Verdict.OPEN, 4.0), Refused(Refusal.UPSTREAM_FAILING, 4.0)),
        (lambda one: one.origin.refused(one, Verdict.PARKED, 0.0), Refused(Refusal.PARKED, 0.0)),
        (lambda one: one.origin.returned(), Refused(Refusal.STOPPING, 1.0)),
        (lambda one: one.origin.finished(b""), Refused(Refusal.REPEATED)),
    ],
)
async def test_a_caller_is_told_why_there_is_no_outcome(bench: Bench, end: Answer, refused: Refused) -> None:
    bench.publish()
    bench.answer = end
    assert await bench.calls.execute(an_event(), 5) == refused


async def test_who_has_waited_long_enough_is_told_that_it_goes_on(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callers_module, "GRACE_SECONDS", 0.0)
    bench.publish()
    assert await bench.calls.execute(an_event(), 0.001) == Refused(Refusal.STILL_RUNNING)


async def test_the_execution_ends_with_its_caller_if_not_before(bench: Bench) -> None:
    bench.publish()
    bench.answer = lambda execution: execution.origin.finished(b"{}")
    soon = SystemClock().now() + timedelta(seconds=3)
    await bench.calls.execute(an_event(deadline=soon), 60)
    await bench.calls.execute(an_event(), 60)
    first, second = (execution.deadline for execution in bench.submitted)
    assert first == soon
    assert second is not None
    assert abs((second - SystemClock().now()).total_seconds() - 60) < 30


async def test_an_unknown_connector_is_looked_up_and_may_be_found(bench: Bench) -> None:
    bench.answer = lambda execution: execution.origin.finished(b"{}")
    asking = asyncio.create_task(bench.calls.execute(an_event(), 5))
    await asyncio.sleep(0)
    assert not asking.done()
    bench.publish()
    assert await asking == b"{}"


async def test_a_connector_that_is_not_of_the_workspace_is_unknown(bench: Bench) -> None:
    bench.publish()
    assert await bench.calls.execute(an_event(workspace_id=uuid4()), 5) == Refused(Refusal.UNKNOWN_CONNECTOR)
    assert await bench.calls.execute(an_event(connector_id=uuid4()), 5) == Refused(Refusal.UNKNOWN_CONNECTOR)
    assert not bench.submitted


async def test_definitions_that_cannot_be_read_are_no_proof_of_absence(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callers_module, "CATCH_UP_SECONDS", 0.001)
    assert await bench.calls.execute(an_event(), 5) == Refused(Refusal.UNAVAILABLE, 5.0)


async def test_nothing_is_begun_without_the_store_or_at_the_end(bench: Bench) -> None:
    bench.publish()
    bench.available = False
    assert await bench.calls.execute(an_event(), 5) == Refused(Refusal.UNAVAILABLE, 5.0)
    bench.available = True
    bench.calls.halt()
    assert await bench.calls.execute(an_event(), 5) == Refused(Refusal.STOPPING, 1.0)
    assert not bench.submitted


async def until_submitted(bench: Bench, count: int) -> None:
    async with asyncio.timeout(5):
        while len(bench.submitted) < count:
            await asyncio.sleep(0)


async def test_callers_of_one_connector_leave_room_for_those_of_another(bench: Bench) -> None:
    other = uuid4()
    bench.publish()
    bench.publish(other)
    crowd = [asyncio.create_task(bench.calls.execute(an_event(lane="interactive"), 60)) for _ in range(100)]
    await until_submitted(bench, 75)
    refused = [task for task in crowd if task.done()]
    assert len(refused) == 25
    assert {task.result() for task in refused} == {Refused(Refusal.TOO_MANY, 1.0)}
    waiting = asyncio.create_task(bench.calls.execute(an_event(connector_id=other), 60))
    await until_submitted(bench, 76)
    for execution in bench.submitted:
        execution.origin.finished(b"{}")
    assert await waiting == b"{}"
    await asyncio.gather(*crowd)


async def test_a_caller_who_has_gone_makes_room() -> None:
    bench = Bench(most_waiting=1)
    bench.publish()
    first = asyncio.create_task(bench.calls.execute(an_event(), 60))
    await until_submitted(bench, 1)
    assert await bench.calls.execute(an_event(), 60) == Refused(Refusal.TOO_MANY, 1.0)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    bench.answer = lambda execution: execution.origin.finished(b"{}")
    assert await bench.calls.execute(an_event(), 60) == b"{}"


async def test_while_too_much_waits_for_kafka_callers_are_told_to_come_again(bench: Bench) -> None:
    bench.publish()
    bench.outbox.add(1_000)
    refused = await bench.calls.execute(an_event(), 5)
    assert isinstance(refused, Refused)
    assert (refused.why, bench.submitted) == (Refusal.UNAVAILABLE, [])


async def test_a_credential_that_comes_a_moment_later_is_waited_for(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callers_module, "SETTLES_SECONDS", 0.001)
    connector = a_connector().model_copy(update={"credential_id": CREDENTIAL})
    bench.table.apply(CONNECTOR, connector.to_json())
    bench.answer = lambda execution: execution.origin.finished(b"{}")
    answer = asyncio.ensure_future(bench.calls.execute(an_event(), 60.0))
    await asyncio.sleep(0)
    assert bench.submitted == []
    bench.table.apply_credential(CREDENTIAL, a_credential().to_json())
    assert await answer == b"{}"
    assert [(execution.plan.held, execution.plan.version) for execution in bench.submitted] == [(None, 1)]


async def test_who_asks_for_a_connector_whose_credential_does_not_come_is_told_to_come_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callers_module, "SHORTLY_SECONDS", 0.0)
    bench.table.apply(CONNECTOR, a_connector().model_copy(update={"credential_id": CREDENTIAL}).to_json())
    assert await bench.calls.execute(an_event(), 5.0) == Refused(Refusal.UNREADABLE, 60.0)
    assert bench.submitted == []


async def test_who_asks_while_the_credential_has_no_token_is_told_so(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callers_module, "SHORTLY_SECONDS", 0.0)
    bench.table.apply_credential(CREDENTIAL, a_credential(type="oauth2", secrets={}, public=OAUTH2).to_json())
    bench.table.apply(CONNECTOR, a_connector().model_copy(update={"credential_id": CREDENTIAL}).to_json())
    assert await bench.calls.execute(an_event(), 5.0) == Refused(Refusal.TOKEN_MISSING, 5.0)
    assert bench.submitted == []


async def test_whose_token_is_refused_and_not_renewed_in_time_is_not_told_that_the_executor_stops(bench: Bench) -> None:
    bench.table.apply_credential(CREDENTIAL, a_token(1))
    bench.table.apply(CONNECTOR, a_connector().model_copy(update={"credential_id": CREDENTIAL}).to_json())

    def refuse(execution: Execution) -> None:
        bench.table.credentials.live(CREDENTIAL).wait_for_renewal()
        execution.origin.returned()

    bench.answer = refuse
    assert await bench.calls.execute(an_event(), 5.0) == Refused(Refusal.TOKEN_MISSING, 5.0)


async def test_who_asks_for_what_only_a_newer_executor_can_read_is_told_to_come_again(bench: Bench) -> None:
    bench.table.apply(CONNECTOR, newer_definition())
    answer = await bench.calls.execute(an_event(), 5.0)
    assert answer == Refused(Refusal.UNREADABLE, 60.0)
    assert bench.submitted == []
