"""A stack in memory: healthy connectors answer at once, the noisy ones park, hang and fail as they should."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx2

from connectors_local.demo.clients import Api
from connectors_local.limits.board import Board
from connectors_local.limits.cast import NOISY, Connector, Part
from connectors_local.limits.load import Publisher
from connectors_local.limits.offsets import PartitionOffsets
from connectors_local.limits.script import Script
from connectors_local.limits.stage import Stage
from connectors_local.limits.story import Story
from connectors_local.operators.executor import Executor
from connectors_shared.contract.execution import ConnectorExecute, ConnectorResult, ExecutionError, ResultStatus
from connectors_shared.contract.failure import FailureType
from tests.unit.operators.fake_executor import a_status

WORKSPACE = UUID(int=1)
HANGING_AT_ONCE = 3
SCRIPT = Script(
    warm_up_seconds=0.0,
    alone_seconds=0.05,
    noisy_seconds=0.05,
    asking_seconds=0.1,
    clearing_seconds=0.1,
    look_seconds=0.005,
    healthy_connectors=3,
    healthy_per_second=400.0,
    backlogs={Part.LIMITED: 30, Part.HANGING: 8, Part.FAILING: 6},
)
PATIENT = 30.0
STATES = {Part.HEALTHY: "running", Part.LIMITED: "limited", Part.HANGING: "running", Part.FAILING: "breaker_open"}


def a_cast(healthy: int = 3) -> list[Connector]:
    parts = [*[Part.HEALTHY] * healthy, *NOISY]
    return [Connector(UUID(int=100 + number), f"connector {number}", part) for number, part in enumerate(parts)]


def a_result(event: ConnectorExecute, failure: FailureType | None = None) -> ConnectorResult:
    return ConnectorResult(
        execution_id=event.execution_id,
        workspace_id=event.workspace_id,
        connector_id=event.connector_id,
        status=ResultStatus.ERROR if failure else ResultStatus.SUCCESS,
        success=failure is None,
        error=ExecutionError(type=failure, message="as asked") if failure else None,
        finished_at=datetime.now(UTC),
    )


class FakeWorld:
    """Exchange, executor, pretend API and consumer group in one; a test may break each of their promises."""

    def __init__(self, cast: Sequence[Connector]) -> None:
        self.parts = {connector.id: connector.part for connector in cast}
        self.states = dict(STATES)
        self.failing_healthy: FailureType | None = None
        self.deaf_to: Part | None = None
        self.lag = 0
        self.published: Counter[Part] = Counter()
        self.parked: dict[UUID, list[ConnectorExecute]] = {each: [] for each in self.parts}
        self.hanging: list[ConnectorExecute] = []
        self.inbox: asyncio.Queue[ConnectorResult] = asyncio.Queue()

    async def publish(self, event: ConnectorExecute) -> None:
        part = self.parts[event.connector_id]
        self.published[part] += 1
        if part is self.deaf_to:
            return
        if part is Part.HEALTHY:
            self.inbox.put_nowait(a_result(event, self.failing_healthy))
        elif part is Part.HANGING and len(self.hanging) < HANGING_AT_ONCE:
            self.hanging.append(event)
        else:
            self.parked[event.connector_id].append(event)

    async def hear(self) -> list[ConnectorResult]:
        return [await self.inbox.get()]

    async def offsets(self) -> list[PartitionOffsets]:
        total = self.published.total()
        return [PartitionOffsets(0, total - self.lag, total), PartitionOffsets(1, 7, 7)]

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        """The executor's internal API and the pretend API, told apart by their paths."""
        if request.url.path == "/hang/release":
            released, self.hanging = self.hanging, []
            self._finish(released, None)
            return httpx2.Response(200, json={"status": "released"})
        connector_id = UUID(request.url.path.split("/")[3])
        if request.method == "GET":
            return httpx2.Response(200, json=self.status(connector_id))
        assert json.loads(request.content) == {"workspaceId": str(WORKSPACE), "executionIds": None}
        cancelled, self.parked[connector_id] = self.parked[connector_id], []
        self._finish(cancelled, FailureType.CANCELLED)
        return httpx2.Response(200, json={"cancelled": len(cancelled)})

    def status(self, connector_id: UUID) -> dict[str, Any]:
        part = self.parts[connector_id]
        hanging = len(self.hanging) if part is Part.HANGING else 0
        reasons = [{"code": "queue_full", "detail": "all calls are in flight"}] if hanging else []
        return a_status(
            connector_id,
            state=self.states[part],
            name=part.value,
            reasons=reasons,
            inFlight=hanging,
            parked={"count": len(self.parked[connector_id]), "waitingForRetry": 0},
        )

    def _finish(self, events: Sequence[ConnectorExecute], failure: FailureType | None) -> None:
        for event in events:
            self.inbox.put_nowait(a_result(event, failure))


class Spectator:
    """Remembers what it was told and shown."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.shown: list[Board] = []
        self.seen = asyncio.Event()

    def say(self, line: str) -> None:
        self.said.append(line)

    def show(self, board: Board) -> None:
        self.shown.append(board)
        self.seen.set()


def a_story(world: FakeWorld, cast: Sequence[Connector], spectator: Spectator, script: Script = SCRIPT) -> Story:
    api = Api(httpx2.AsyncClient(base_url="http://test", transport=httpx2.MockTransport(world.answer)))
    stage = Stage(cast, WORKSPACE, world, Executor(api), api, world, time.monotonic)
    return Story(stage, Publisher(world, stage.tally, WORKSPACE, time.monotonic), spectator, script)
