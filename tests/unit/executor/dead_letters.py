"""Dead letters for tests, and the in-memory twins of their topic and of what takes replays."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

from aiokafka import ConsumerRecord

from connector_executor.dead_letters.letter import Letter
from connector_executor.dead_letters.log import LetterLog, OpenLog, Span, Spans
from connector_executor.dead_letters.replay import ReplayError
from connectors_shared.contract.dead import DeadLetter, Header
from connectors_shared.contract.failure import DeadReason

TOPIC = "connector.execute.dead"
CONNECTOR, OTHER = UUID(int=5), UUID(int=6)
WORKSPACE = UUID(int=9)


@dataclass(frozen=True)
class Message:
    """What is written to the topic of the dead letters."""

    value: bytes | None
    headers: list[Header]
    key: bytes | None = b"key"


def an_event(number: int, connector_id: UUID = CONNECTOR, workspace_id: UUID = WORKSPACE, **more: Any) -> bytes:
    event = {
        "executionId": str(UUID(int=number)),
        "connectorId": str(connector_id),
        "workspaceId": str(workspace_id),
    }
    return json.dumps(event | more).encode()


def a_dead(
    value: bytes | None = b"{",
    reason: DeadReason = DeadReason.NOT_JSON,
    attempts: int = 1,
    topic: str = "connector.execute",
) -> Message:
    letter = DeadLetter(
        reason=reason,
        detail="what a person should know",
        topic=topic,
        partition=3,
        offset=4000,
        attempts=attempts,
        at=datetime(2026, 1, 5, 12, tzinfo=UTC),
        service="connectors-executor",
    )
    return Message(value, letter.headers_on([("trace", b"1"), ("null", None)]))


class DeadLetterTopic(Protocol):
    """A topic of dead letters with two partitions, and its log."""

    open_log: OpenLog

    async def add(self, *messages: Message, partition: int = 0) -> None: ...


@dataclass
class InMemoryDeadLetterTopic:
    """`gap` leaves offsets without a record, as transactions and retention do."""

    partitions: dict[int, list[ConsumerRecord]] = field(default_factory=lambda: {0: [], 1: []})
    starts: dict[int, int] = field(default_factory=lambda: {0: 0, 1: 0})
    stops: dict[int, int] = field(default_factory=lambda: {0: 0, 1: 0})
    looked_at: list[int] = field(default_factory=list)

    async def add(self, *messages: Message, partition: int = 0) -> None:
        for message in messages:
            offset = self.stops[partition]
            self.partitions[partition].append(a_record(message, partition, offset))
            self.stops[partition] = offset + 1

    def gap(self, offsets: int, partition: int = 0) -> None:
        self.stops[partition] += offsets

    def expire(self, start: int, partition: int = 0) -> None:
        self.starts[partition] = start
        self.partitions[partition] = [record for record in self.partitions[partition] if record.offset >= start]

    @asynccontextmanager
    async def open_log(self) -> AsyncIterator[LetterLog]:
        yield self

    async def spans(self) -> Spans:
        return {number: Span(self.starts[number], self.stops[number]) for number in self.partitions}

    async def read(self, partition: int, span: Span) -> list[ConsumerRecord]:
        found = [record for record in self.partitions[partition] if record.offset in span]
        self.looked_at += [record.offset for record in found]
        return found


@dataclass
class InMemoryReplays:
    """Takes `room` letters, then refuses."""

    taken: list[Letter] = field(default_factory=list)
    room: int = 1_000_000

    async def publish(self, letters: Sequence[Letter]) -> None:
        fitting = list(letters)[: self.room]
        self.taken += fitting
        if len(fitting) < len(letters):
            raise ReplayError(len(fitting), f"{letters[len(fitting)].cursor}: refused")


def a_record(message: Message, partition: int, offset: int) -> ConsumerRecord:
    return ConsumerRecord(
        topic=TOPIC,
        partition=partition,
        offset=offset,
        timestamp=0,
        timestamp_type=0,
        key=message.key,
        value=message.value,
        checksum=None,
        serialized_key_size=0,
        serialized_value_size=0,
        headers=tuple(message.headers),
    )
