"""One execution on its way through the executor."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from connector_executor.admission.port import Ask
from connector_executor.connectors.plan import Plan
from connectors_shared.contract.execution import ConnectorExecute, Lane

PRIORITY = {Lane.INTERACTIVE: 0, Lane.NORMAL: 1, Lane.BULK: 2}


class Origin(Protocol):
    """Where an execution came from, and who wants to know that it is finished."""

    def finished(self) -> None:
        """The outcome is acknowledged by Kafka."""
        ...


class Attempted(msgspec.Struct, omit_defaults=True, kw_only=True):
    """One call of the upstream, as the contract's `Attempt` has it on the wire. `duration` in milliseconds."""

    started: datetime
    duration: int
    status: int | None = None
    outcome: str


@dataclass(slots=True)
class Execution:
    """A decoded `connector.execute` with its plan and what has happened to it so far.

    `received` and all other times of the executor are monotonic seconds.
    """

    event: ConnectorExecute
    plan: Plan
    origin: Origin
    received: float
    attempt: int = 1
    attempts: list[Attempted] = field(default_factory=list)
    first_call: float | None = None
    call_seconds: float = 0.0
    id: str = ""
    workspace_id: str = ""
    traceparent: str | None = None

    def __post_init__(self) -> None:
        self.id = str(self.event.execution_id)
        self.workspace_id = str(self.event.workspace_id)

    @property
    def connector_id(self) -> UUID:
        return self.event.connector_id

    @property
    def priority(self) -> int:
        return PRIORITY[self.event.lane]

    @property
    def max_in_flight(self) -> int:
        return self.plan.max_in_flight

    @property
    def deadline(self) -> datetime | None:
        return self.event.deadline

    def ask(self) -> Ask:
        return Ask(self.workspace_id, self.id, self.plan.budget, self.attempt, self.plan.repeatable)
