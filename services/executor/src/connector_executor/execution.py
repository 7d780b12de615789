"""One execution on its way through the executor."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from uuid import UUID

import msgspec

from connector_executor.admission.port import Ask, Queueing, Subject, Verdict
from connector_executor.connectors.plan import Plan
from connectors_shared.contract.execution import ConnectorExecute, Lane

PRIORITY = {Lane.INTERACTIVE: 0, Lane.NORMAL: 1, Lane.BULK: 2}


class Arrival(Enum):
    """How an execution got here, which decides what becomes of it when it cannot run now."""

    RECORD = "record"
    """A Kafka record: it is parked; a rebalance takes it away."""
    PARKED = "parked"
    """Out of the backlog: it goes back there."""
    CALLER = "caller"
    """Somebody waits for the answer: they are told."""


class Origin:
    """Where an execution came from, and who wants to know what becomes of it. Does nothing by itself."""

    __slots__ = ()
    arrival = Arrival.RECORD

    def started(self, wait_seconds: float) -> None:
        """It has a slot, or an outcome already."""

    def refused(self, execution: "Execution", verdict: Verdict, wait_seconds: float) -> None:
        """Not now; asking again is worth while after `wait_seconds`. Not called for a record, which is parked."""

    def returned(self) -> None:
        """This process gives it up before it started."""

    def parked(self) -> None:
        """It is in the backlog now."""

    def finished(self, message: bytes) -> None:
        """The outcome is acknowledged by Kafka, or was before; `message` is empty where it is not known any more."""


@dataclass(frozen=True, slots=True)
class Source:
    """The message as it came, for parking and for dead letters."""

    value: bytes
    key: bytes | None = None
    headers: tuple[tuple[str, bytes | None], ...] = ()
    topic: str = ""
    partition: int = 0
    offset: int = 0


class Attempted(msgspec.Struct, omit_defaults=True, kw_only=True):
    """One call of the upstream, as the contract's `Attempt` has it on the wire. `duration` in milliseconds."""

    started: datetime
    duration: int
    status: int | None = None
    outcome: str


@dataclass(slots=True, eq=False)
class Execution:
    """A decoded `connector.execute` with its plan and what has happened to it so far.

    `received` is monotonic seconds. `spent_seconds` is what its calls, and the waits that we chose between them, took.
    `handed_under`: see `Ask`; `watched`: see `Admitted`.
    """

    event: ConnectorExecute
    plan: Plan
    origin: Origin
    received: float
    source: Source
    attempt: int = 1
    attempts: list[Attempted] = field(default_factory=list)
    call_seconds: float = 0.0
    spent_seconds: float = 0.0
    handed_under: str | None = None
    watched: bool = True
    id: str = ""
    workspace_id: str = ""
    traceparent: str | None = None

    def __post_init__(self) -> None:
        self.id = str(self.event.execution_id)
        self.workspace_id = str(self.event.workspace_id)

    @property
    def arrival(self) -> Arrival:
        return self.origin.arrival

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
        plan = self.plan
        return Ask(
            self.workspace_id,
            self.id,
            plan.budget,
            self.attempt,
            plan.repeatable,
            plan.connector_key,
            plan.breaker,
            self._queueing(),
            self.handed_under,
        )

    def _queueing(self) -> Queueing:
        arrival = self.origin.arrival
        if arrival is Arrival.RECORD:
            return Queueing.OVERTAKES if self.event.lane is Lane.INTERACTIVE else Queueing.PARKS
        return Queueing.DRAINED if arrival is Arrival.PARKED else Queueing.WAITS


def subject_of(plan: Plan) -> Subject:
    return Subject(str(plan.published.workspace_id), plan.connector_key, plan.breaker, plan.budget)
