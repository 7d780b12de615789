"""Builders of executions, and an origin that remembers what it was told."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from connector_executor.admission.port import Verdict
from connector_executor.connectors.plan import Plan
from connector_executor.execution import Arrival, Execution, Origin, Source
from connectors_shared.contract.execution import ConnectorExecute, Lane
from tests.unit.executor.a_connector import a_plan


class Remembering(Origin):
    """`told` are the names of the calls, in order."""

    def __init__(self, arrival: Arrival = Arrival.RECORD) -> None:
        self.arrival = arrival
        self.told: list[str] = []

    def started(self, wait_seconds: float) -> None:
        self.told.append("started")

    def refused(self, execution: Execution, verdict: Verdict, wait_seconds: float) -> None:
        self.told.append(f"refused {verdict.value} {wait_seconds:g}")

    def returned(self) -> None:
        self.told.append("returned")

    def parked(self) -> None:
        self.told.append("parked")

    def finished(self, message: bytes) -> None:
        self.told.append("finished")


def an_execution(
    execution_id: UUID | None = None,
    *,
    arrival: Arrival = Arrival.RECORD,
    lane: Lane = Lane.NORMAL,
    plan: Plan | None = None,
    deadline: datetime | None = None,
    origin: Origin | None = None,
    version: int | None = None,
    **config: Any,
) -> Execution:
    plan = plan or a_plan(**config)
    event = ConnectorExecute(
        execution_id=execution_id or uuid4(),
        workspace_id=plan.published.workspace_id,
        connector_id=plan.connector_id,
        connector_version=version,
        lane=lane,
        deadline=deadline,
    )
    return Execution(event, plan, origin or Remembering(arrival), 0.0, Source(event.to_json()))


def told(execution: Execution) -> list[str]:
    assert isinstance(execution.origin, Remembering)
    return execution.origin.told
