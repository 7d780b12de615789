"""Trials on the real way of executions: line, admission in memory, runner, stages, finisher; with a scripted sender."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest
from multidict import CIMultiDict

from connector_executor.admission.memory import InMemoryAdmission, Store
from connector_executor.caller import Caller
from connector_executor.connectors.table import ConnectorTable
from connector_executor.finisher import Finisher
from connector_executor.inbound.callers import Refused
from connector_executor.inbound.trials import Trials
from connector_executor.metrics import ExecutorMetrics
from connector_executor.outbound.outbox import Outbox
from connector_executor.parking.diversion import Diversion
from connector_executor.recovery.settling import Settling
from connector_executor.scheduling.admitter import Admitter
from connector_executor.scheduling.claims import Claims
from connector_executor.scheduling.line import Line
from connector_executor.scheduling.places import Places
from connector_executor.scheduling.renewal import Renewal
from connector_executor.scheduling.runner import Runner
from connector_executor.scheduling.waiting import Waiting
from connector_executor.stages.authorize import Authorizer
from connector_executor.tokens.refreshes import Refreshes
from connector_executor.transform import Transformer
from connectors_shared.contract.credential import PublishedCredential
from connectors_shared.contract.trial import TrialOrder, TrialReport
from connectors_shared.egress import HttpRequest, HttpResponse, SendBounds, SendFailure
from connectors_shared.egress.grants import Grants
from connectors_shared.egress.origin import split_url
from connectors_shared.egress.wire import RequestWriter
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.supervision import Supervisor
from tests.unit.executor.a_connector import WORKSPACE, a_connector
from tests.unit.executor.a_credential import KEYRING

SECOND = 1_000_000
JSON = {"Content-Type": "application/json"}
Answer = HttpResponse | SendFailure


def an_answer(status: int = 200, body: bytes = b"{}", headers: dict[str, str] | None = None) -> HttpResponse:
    return HttpResponse(status, CIMultiDict(JSON if headers is None else headers), body, 100, "https://api.test/", 0.01)


class ScriptedSender:
    """Gives one answer after the other, the last one for ever. With a `gate` it waits; `calling`: it has been asked."""

    def __init__(self) -> None:
        self.answers: list[Answer] = [an_answer()]
        self.sent: list[HttpRequest] = []
        self.gate: asyncio.Event | None = None
        self.calling = asyncio.Event()
        self.cancelled = asyncio.Event()

    async def send(self, request: HttpRequest, _bounds: SendBounds) -> Answer:
        self.sent.append(request)
        self.calling.set()
        self._note(request)
        if self.gate is not None:
            try:
                await self.gate.wait()
            except asyncio.CancelledError:
                self.cancelled.set()
                raise
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def _note(self, request: HttpRequest) -> None:
        origin, target = split_url(request.url)
        host = origin.partition("://")[2]
        message = RequestWriter("connectors-executor").render(request, host, target)
        request.sent_bytes = len(message)
        if request.watch is not None:
            request.watch.message = message
            for moment in ("sent", "answered", "read"):
                request.watch.note(moment)


class Silent:
    """Stands for all that a trial must not touch: the producer, the parker, the dead letters."""

    def __getattr__(self, name: str) -> Any:
        pytest.fail(f"a trial has used {name}")


class Unnoticed:
    def note(self, *_args: Any) -> None:
        return


@dataclass
class Scene:
    trials: Trials
    grants: Grants
    sender: ScriptedSender
    line: Line
    waiting: Waiting
    places: Places
    supervisor: Supervisor
    admission: InMemoryAdmission
    table: ConnectorTable = field(default_factory=ConnectorTable)

    async def run(self, order: TrialOrder) -> TrialReport:
        report = await self.trials.run(order)
        assert isinstance(report, TrialReport), report
        return report

    async def refused(self, order: TrialOrder) -> Refused:
        refused = await self.trials.run(order)
        assert isinstance(refused, Refused), refused
        return refused

    async def settled(self) -> None:
        """Returns when nothing of a trial is left here."""
        async with asyncio.timeout(10):
            while self.line.find(lambda _one: True) or self.places.taken or len(self.waiting) or self.line.claimed:
                await asyncio.sleep(0)


def an_order(
    inputs: dict[str, Any] | None = None,
    *,
    credentials: tuple[PublishedCredential, ...] = (),
    connector: dict[str, Any] | None = None,
    wait_seconds: float = 60.0,
    **config: Any,
) -> TrialOrder:
    """`connector` are fields of the published connector, `config` those of its request."""
    published = json.loads(a_connector(**config).to_json()) | (connector or {})
    return TrialOrder.model_validate(
        {
            "execution_id": uuid4(),
            "connector": published,
            "credentials": [json.loads(each.to_json()) for each in credentials],
            "inputs": inputs or {},
            "wait_seconds": wait_seconds,
        }
    )


@asynccontextmanager
async def a_scene(*, max_result_bytes: int = 512 * 1024) -> AsyncIterator[Scene]:
    faults: list[str] = []
    metrics, clock, supervisor = ExecutorMetrics(), SystemClock(), Supervisor(lambda: faults.append("a task failed"))
    line, places, outbox = Line(metrics), Places(8, metrics), Outbox(1_000_000)
    waiting, table, sender = Waiting(line), ConnectorTable(), ScriptedSender()
    now: Callable[[], int] = lambda: int(time.time() * SECOND)  # noqa: E731
    admission = InMemoryAdmission(Store(now), "me", 2 * SECOND, 30 * SECOND)
    await admission.join()
    memory = await admission.look()
    assert memory.ready or await admission.refilled(0, lost=False)
    claims = Claims(admission, line, supervisor, metrics)
    untouched: Any = Silent()
    unnoticed: Any = Unnoticed()
    settling = Settling(admission, line)
    finisher = Finisher(
        admission,
        untouched,
        "results",
        untouched,
        settling,
        untouched,
        line,
        places,
        outbox,
        supervisor,
        clock,
        metrics,
        max_result_bytes=max_result_bytes,
    )
    renewal, transformer = Renewal(table), Transformer()
    caller = Caller(sender, Authorizer(KEYRING), transformer, clock, metrics, table.workspaces)  # type: ignore[arg-type]
    runner = Runner(
        line,
        claims,
        places,
        waiting,
        caller,
        finisher,
        untouched,
        unnoticed,
        supervisor,
        clock,
        renewal,
        Refreshes(None, supervisor),
        horizon_seconds=2.0,
    )
    diversion = Diversion(line, untouched, finisher, clock, 2.0)
    admitter = Admitter(line, claims, places, waiting, runner, diversion, finisher, outbox, metrics, renewal)
    grants = Grants()
    trials = Trials(
        table, grants, line, claims, waiting, outbox, clock, lambda: False, max_in_flight=8, most_bytes=max_result_bytes
    )
    async with supervisor.running(finisher.run, admitter.run):
        yield Scene(trials, grants, sender, line, waiting, places, supervisor, admission, table)
    await transformer.close()
    await supervisor.close()
    assert not faults


def of_workspace(workspace_id: UUID = WORKSPACE) -> dict[str, Any]:
    return {"workspaceId": str(workspace_id)}
