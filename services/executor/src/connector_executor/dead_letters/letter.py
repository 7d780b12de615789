"""One dead letter as it is found in the topic, where it is, and which ones are meant."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from uuid import UUID

import msgspec
from aiokafka import ConsumerRecord

from connectors_shared.contract.dead import DeadLetter
from connectors_shared.contract.failure import DeadReason

CURSOR_PATTERN: Final = r"^[0-9]{1,9}:[0-9]{1,18}$"


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """A place in the topic of the dead letters, written `partition:offset`."""

    partition: int
    offset: int

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Raises ValueError."""
        if not re.fullmatch(CURSOR_PATTERN, text):
            raise ValueError("is not partition:offset, as in 0:41")
        partition, _, offset = text.partition(":")
        return cls(int(partition), int(offset))

    def __str__(self) -> str:
        return f"{self.partition}:{self.offset}"


class _Named(msgspec.Struct, rename="camel"):
    execution_id: Any = None
    connector_id: Any = None
    workspace_id: Any = None


@dataclass(frozen=True, slots=True)
class Identity:
    """What the original bytes say about themselves, as far as they can be read."""

    execution_id: UUID | None = None
    connector_id: UUID | None = None
    workspace_id: UUID | None = None

    @classmethod
    def of(cls, value: bytes) -> "Identity":
        try:
            named = msgspec.json.decode(value, type=_Named)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return cls()
        return cls(_uuid(named.execution_id), _uuid(named.connector_id), _uuid(named.workspace_id))


@dataclass(frozen=True)
class Letter:
    """`record` is of the topic of the dead letters; its key and value are those of the message that died."""

    record: ConsumerRecord

    @property
    def cursor(self) -> Cursor:
        return Cursor(self.record.partition, self.record.offset)

    @property
    def place(self) -> str:
        return f"{self.record.topic}/{self.record.partition}/{self.record.offset}"

    @property
    def value(self) -> bytes:
        return self.record.value or b""

    @cached_property
    def death(self) -> DeadLetter | None:
        """None when the headers are not those of a dead letter: somebody else wrote it."""
        try:
            return DeadLetter.from_headers(self.record.headers)
        except (KeyError, ValueError):
            return None

    @cached_property
    def identity(self) -> Identity:
        return Identity.of(self.value)


@dataclass(frozen=True, slots=True)
class LetterFilter:
    """Which letters are meant; None means any."""

    reason: DeadReason | None = None
    connector_id: UUID | None = None
    workspace_id: UUID | None = None

    def matches(self, letter: Letter) -> bool:
        if self.reason is not None and (letter.death is None or letter.death.reason is not self.reason):
            return False
        if self.connector_id is not None and letter.identity.connector_id != self.connector_id:
            return False
        return self.workspace_id is None or letter.identity.workspace_id == self.workspace_id


def _uuid(found: Any) -> UUID | None:
    try:
        return UUID(found) if isinstance(found, str) else None
    except ValueError:
        return None
