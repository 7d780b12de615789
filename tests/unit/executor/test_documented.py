"""Whatever is asked of the executor's internal API, it answers what its OpenAPI document says."""

from datetime import UTC, datetime
from itertools import cycle
from typing import Any

import httpx2
import pytest
from prometheus_client import CollectorRegistry

from connector_executor.dead_letters.service import DeadLetterService
from connector_executor.explain import Explainer
from connector_executor.inbound.callers import Refusal, Refused
from connector_executor.inbound.http import (
    connectors_router,
    dead_letters_router,
    executions_router,
    internal_api,
    parked_router,
    previews_router,
    trials_router,
    watermarks_router,
)
from connector_executor.metrics import ExecutorMetrics
from connector_executor.parking.listing import ParkedList
from connectors_shared.contract.dead import LetterKind
from connectors_shared.contract.execution import ConnectorExecute, ConnectorResult
from connectors_shared.contract.trial import TransformOrder, TransformReport, TrialOrder, TrialReport
from connectors_shared.runtime.identities import Identities
from tests.documented import as_documented
from tests.unit.executor.a_connector import CONNECTOR
from tests.unit.executor.dead_letters import InMemoryDeadLetterTopic, InMemoryReplays, a_dead, an_event
from tests.unit.executor.parking_scene import Scene

TOKEN = "internal-token-for-tests-0123456789abcdef"


class Calls:
    """Callers get a result, and every refusal there is, in turns."""

    def __init__(self) -> None:
        self._refusals = cycle([None, *Refusal])

    async def execute(self, event: ConnectorExecute, _wait_seconds: float) -> bytes | Refused:
        refusal = next(self._refusals)
        if refusal is not None:
            return Refused(refusal, 1.0)
        result = ConnectorResult(
            execution_id=event.execution_id,
            workspace_id=event.workspace_id,
            connector_id=event.connector_id,
            status="success",
            success=True,
            execution_time=1,
            finished_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
        return result.to_json()

    async def run(self, order: TrialOrder) -> TrialReport | Refused:
        refusal = next(self._refusals)
        if refusal is not None:
            return Refused(refusal, 1.0)
        whose = order.connector.connector_id
        return TrialReport(execution_id=order.execution_id, connector_id=whose, success=True, time=1)


class Transforms:
    async def run(self, order: TransformOrder) -> TransformReport:
        return TransformReport(success=True, output=order.document)


@pytest.mark.timeout(240)
async def test_whatever_is_asked_is_answered_as_documented() -> None:
    scene, dead_topic = await Scene().begin(), InMemoryDeadLetterTopic()
    scene.publish()
    await scene.park(3)
    await dead_topic.add(a_dead(an_event(1)), a_dead())
    calls: Any = Calls()
    transforms: Any = Transforms()
    line: Any = scene.line
    explainer = Explainer(
        scene.table, scene.admission, scene.store, line, line, scene.places, scene.clock, horizon_seconds=2.0
    )
    metrics, replays = ExecutorMetrics(), InMemoryReplays()
    dead_letters = {kind: DeadLetterService(kind, dead_topic.open_log, replays, metrics) for kind in LetterKind}
    routers = [
        executions_router(calls),
        trials_router(calls),
        previews_router(transforms),
        watermarks_router(list),
        connectors_router(explainer, scene.table, scene.store, scene.lifting, scene.drainer.wake),
        parked_router(ParkedList(scene.store, scene.table, scene.drainer.wake)),
        dead_letters_router(dead_letters),
    ]
    app = internal_api(Identities.parse(f"operator:{TOKEN}"), routers, CollectorRegistry())
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app), base_url="http://executor", headers=headers
    ) as client:
        counts = await as_documented(app.openapi(), client, {"connector_id": str(CONNECTOR)})
    assert {200, 404, 409, 422} <= set(counts)
