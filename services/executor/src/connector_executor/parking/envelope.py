"""What is kept beside the original message of a parked execution: where it came from, and what it has been through."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Final

import msgspec

from connector_executor.connectors.plan import Plan
from connector_executor.execution import Attempted, Execution, Origin, Source, Spell, milliseconds
from connector_executor.parking.port import MOST_SECONDS, ParkReason, TakenRow
from connectors_shared.contract.execution import ConnectorExecute

VersionOf = Callable[[Plan, int | None], Plan]
"""See `ConnectorTable.version`."""
Seconds = Annotated[float, msgspec.Meta(ge=0, le=MOST_SECONDS)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
MOST_SPELLS: Final = 20
"""The last ones."""


class Envelope(msgspec.Struct, array_like=True):
    """New fields go to the end and need a default, so that rows of an older version can be read."""

    key: bytes | None
    headers: list[tuple[str, bytes | None]]
    topic: str
    partition: int
    offset: int
    attempts: list[Attempted]
    call_seconds: Seconds
    spent_seconds: Seconds
    timestamp_ms: Count = 0
    sent_bytes: Count = 0
    redacted_inputs: tuple[bytes, bool] | None = None
    parked: tuple[Spell, ...] = ()
    """The last one begins with this envelope."""


DECODER = msgspec.msgpack.Decoder(Envelope)


def seal(execution: Execution, reason: ParkReason, at: datetime) -> bytes:
    source = execution.source
    envelope = Envelope(
        source.key,
        list(source.headers),
        source.topic,
        source.partition,
        source.offset,
        execution.attempts,
        execution.call_seconds,
        execution.spent_seconds,
        source.timestamp_ms,
        execution.sent_bytes,
        execution.redacted_inputs,
        _parked(execution.parked, reason, at),
    )
    return msgspec.msgpack.encode(envelope)


def _parked(before: tuple[Spell, ...], reason: ParkReason, at: datetime) -> tuple[Spell, ...]:
    """Twice for the same reason is once, from the first time on: in between it was only looked at."""
    if before and before[-1].reason == reason.value:
        return before
    return (*before, Spell(since=at, until=at, reason=reason.value))[-MOST_SPELLS:]


def source_of(row: TakenRow) -> Source:
    """As much of it as can be read: a damaged envelope leaves the message."""
    try:
        envelope = DECODER.decode(row.envelope)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return Source(row.message)
    return Source(
        row.message,
        envelope.key,
        tuple((name, value) for name, value in envelope.headers),
        envelope.topic,
        envelope.partition,
        envelope.offset,
        envelope.timestamp_ms,
    )


def unseal(row: TakenRow, plan: Plan, version: VersionOf, origin: Origin, now: float, taken_at: datetime) -> Execution:
    """The execution as it was when it was parked, under the connector as it is now, by the version that it asks for.
    `now` is monotonic seconds, `taken_at` the same by the wall clock.

    Raises whatever a damaged row makes it raise.
    """
    envelope, source = DECODER.decode(row.envelope), source_of(row)
    if row.attempt < 1:
        raise ValueError(f"attempt {row.attempt}")
    event = ConnectorExecute.model_validate_json(row.message)
    execution = Execution(event, version(plan, event.connector_version), origin, now, source)
    execution.attempt = row.attempt
    execution.attempts = envelope.attempts
    execution.call_seconds, execution.spent_seconds = envelope.call_seconds, envelope.spent_seconds
    execution.handed_under = (row.generation,) if row.generation else ()
    execution.asked_at_ms = milliseconds(event.requested_at or row.parked_at)
    execution.sent_bytes, execution.redacted_inputs = envelope.sent_bytes, envelope.redacted_inputs
    if envelope.parked:
        last = msgspec.structs.replace(envelope.parked[-1], until=taken_at)
        execution.parked = (*envelope.parked[:-1], last)
    execution.traceparent = traceparent_of(source.headers)
    return execution


def traceparent_of(headers: Sequence[tuple[str, bytes | None]]) -> str | None:
    """W3C trace context of a message."""
    for name, value in headers:
        if name == "traceparent" and value:
            return value.decode("ascii", "replace")
    return None
