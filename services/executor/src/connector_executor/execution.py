"""One execution on its way through the executor."""

import json
from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import msgspec
from msgspec import to_builtins

from connector_executor.admission.port import Ask, Queueing, Verdict
from connector_executor.connectors.plan import Plan
from connectors_shared.contract.execution import ConnectorExecute, Lane, OnError, Trigger
from connectors_shared.definition.inputs.numbers import exact

if TYPE_CHECKING:
    from connector_executor.trials.trace import Trace

PRIORITY: Final = {Lane.INTERACTIVE: 0, Lane.NORMAL: 1, Lane.BULK: 2}
LANES: Final = tuple(PRIORITY)
"""By priority."""


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

    def dead_lettered(self) -> None:
        """It is in the dead letters, from where it may come again."""

    def finished(self, message: bytes) -> None:
        """The outcome is acknowledged by Kafka, or was before; `message` is empty where it is not known any more."""


class Source(msgspec.Struct, frozen=True, gc=False):
    """The message as it came: for parking and dead letters, and for what is read from it later."""

    value: bytes
    key: bytes | None = None
    headers: tuple[tuple[str, bytes | None], ...] = ()
    topic: str = ""
    partition: int = 0
    offset: int = 0
    timestamp_ms: int = 0

    @property
    def memory_bytes(self) -> int:
        """What its execution takes while it waits."""
        headers = sum(len(name) + len(value or b"") for name, value in self.headers) if self.headers else 0
        return OVERHEAD_BYTES + len(self.value) + len(self.key or b"") + headers


class Attempted(msgspec.Struct, omit_defaults=True, kw_only=True):
    """One call of the upstream, as the contract's `Attempt` has it on the wire. `duration` in milliseconds."""

    started: datetime
    duration: int
    status: int | None = None
    outcome: str


class Spell(msgspec.Struct, kw_only=True):
    """A time in the backlog, as the contract's `ParkedSpell` has it on the wire."""

    since: datetime
    until: datetime
    reason: str


class Asked(msgspec.Struct, frozen=True, gc=False):
    """What of a `connector.execute` decides about its way through the executor.

    Everything else is read from the bytes when it is needed: as objects it would take ten times as much, and most of an
    execution's life is waiting.
    """

    execution_id: UUID
    workspace_id: UUID
    connector_id: UUID
    connector_version: int | None
    store_as: str | None
    on_error: OnError | None
    deadline: datetime | None
    lane: Lane
    trigger: Trigger
    requested_at_ms: int | None
    key: bytes
    """Of its result, see `ConnectorResult.key`."""
    mapping_template: str | None
    """Whose mappings its result carries; None when it has brought its own."""


class Inputs(msgspec.Struct):
    """That part of a `connector.execute`; the contract has judged it before."""

    inputs: dict[str, Any] = {}


class RawInputs(msgspec.Struct):
    """The same, unread."""

    inputs: msgspec.Raw = msgspec.Raw(b"{}")


INPUTS = msgspec.json.Decoder(Inputs, float_hook=exact)
RAW_INPUTS = msgspec.json.Decoder(RawInputs)
OVERHEAD_BYTES = 1_280
"""What an execution takes in memory beside its message, in queues, windows and timers."""


class Execution:
    """A `connector.execute` with its plan and what has happened to it so far.

    `received` is monotonic seconds. `spent_seconds` is what its calls, and the waits that we chose between them, took.
    `handed_under` and `asked_at_ms`: see `Ask`; `watched`: see `Admitted`; `called`: a call was begun here. `asked_at`
    is when admission was asked for last, on the event loop's clock, and `lapses` how often that for this attempt
    came too late to be used. `connector_id`: whose queue and backlog it is in; the connector that was asked
    for, unless that is unknown. `redacted_inputs`: see `input_redaction`, once a call has found that they may hold one
    of its secrets. `parked`: when it was in the backlog, and why. `sent_bytes`: of the last attempt. `trace`: what is
    noted of a trial.
    """

    __slots__ = (
        "asked_at",
        "asked_at_ms",
        "attempt",
        "attempts",
        "authorized_by",
        "call_seconds",
        "called",
        "connector_id",
        "event",
        "handed_under",
        "id",
        "lapses",
        "origin",
        "parked",
        "plan",
        "priority",
        "received",
        "redacted_inputs",
        "sent_bytes",
        "source",
        "spent_seconds",
        "trace",
        "traceparent",
        "watched",
        "workspace_id",
    )

    def __init__(self, event: ConnectorExecute, plan: Plan, origin: Origin, received: float, source: Source) -> None:
        self.id: str = to_builtins(event.execution_id)  # as str would write it, at a fourth
        self.event = _asked(event, plan, self.id)
        self.plan = plan
        self.connector_id = plan.connector_id
        self.priority = PRIORITY[event.lane]
        self.origin = origin
        self.received = received
        self.source = source
        self.attempt = 1
        self.attempts: list[Attempted] = []
        self.parked: tuple[Spell, ...] = ()
        self.call_seconds = 0.0
        self.spent_seconds = 0.0
        self.handed_under: tuple[str, ...] = ()
        self.asked_at_ms = 0
        self.called = False
        self.watched = True
        self.asked_at = 0.0
        self.lapses = 0
        self.sent_bytes = 0
        self.authorized_by = 0
        self.redacted_inputs: tuple[bytes, bool] | None = None
        self.workspace_id = plan.workspace_key
        self.traceparent: str | None = None
        self.trace: Trace | None = None

    def inputs(self) -> dict[str, Any]:
        """Made anew for each call; numbers that are not whole are decimals."""
        return INPUTS.decode(self.source.value).inputs

    def raw_inputs(self) -> bytes:
        """As they came; in other words only where nobody else can read these."""
        try:
            return bytes(RAW_INPUTS.decode(self.source.value).inputs)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return json.dumps(json.loads(self.source.value)["inputs"]).encode()

    @property
    def arrival(self) -> Arrival:
        return self.origin.arrival

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
            self.asked_at_ms,
        )

    def _queueing(self) -> Queueing:
        arrival = self.origin.arrival
        if arrival is Arrival.RECORD:
            return Queueing.OVERTAKES if self.event.lane is Lane.INTERACTIVE else Queueing.PARKS
        return Queueing.DRAINED if arrival is Arrival.PARKED else Queueing.WAITS


def _asked(event: ConnectorExecute, plan: Plan, id_: str) -> Asked:
    context = event.context
    return Asked(
        event.execution_id,
        plan.workspace_id,
        plan.connector_id if plan.fault is None else event.connector_id,
        event.connector_version,
        event.store_as,
        event.on_error,
        event.deadline,
        event.lane,
        event.trigger,
        None if event.requested_at is None else milliseconds(event.requested_at),
        (context.contact_id or context.flow_run_id or id_).encode(),
        None if event.field_mappings else event.mapping_template,
    )


def milliseconds(moment: datetime) -> int:
    """Since the epoch; a moment without a zone is in UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1000)
