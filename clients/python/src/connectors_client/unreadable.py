"""What is told of a record that is no message of the contract that is known here."""

from typing import Any, Final, Protocol

from pydantic import ValidationError

MOST_TOLD: Final = 5
"""Faults of one record."""


class Record(Protocol):
    """One of Kafka's."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def value(self) -> bytes | None: ...


def told_of(record: Record, error: ValidationError) -> dict[str, Any]:
    """Where it is, which fields are wrong, and how: their values are nobody's to log."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)[:MOST_TOLD]
    why = [f"{'/'.join(map(str, fault['loc']))}: {fault['type']}"[:200] for fault in faults]
    return {"topic": record.topic, "partition": record.partition, "offset": record.offset, "why": why}
