"""Dead letters: the original bytes unchanged, with everything else about them in the headers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from connectors_shared.contract.failure import DeadReason
from connectors_shared.contract.topics import CONTACT_UPDATED, EXECUTE, EXECUTE_DEAD, RESULT, RESULT_DEAD, Topic

PREFIX: Final = "dead-"
ATTEMPTS: Final = PREFIX + "attempts"
REPLAYED_FROM: Final = PREFIX + "replayed-from"
"""On a replayed message: `topic/partition/offset` of the dead letter."""
MOST_DIGITS: Final = 9

Header = tuple[str, bytes | None]
"""As Kafka has it: a value may be null, which is not the same as empty, and is kept."""


class LetterKind(StrEnum):
    """What dead letters are of: executions that were to be called, or what came of executions, results above all."""

    EXECUTION = "execution"
    RESULT = "result"

    @property
    def dead(self) -> Topic:
        """Where they are set aside."""
        return EXECUTE_DEAD if self is LetterKind.EXECUTION else RESULT_DEAD

    @property
    def origins(self) -> tuple[Topic, ...]:
        """Where they were before, the usual one first. The history sets aside updates beside results."""
        return (EXECUTE,) if self is LetterKind.EXECUTION else (RESULT, CONTACT_UPDATED)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Why and from where a message was set aside. `detail` is for a person and holds no payload."""

    reason: DeadReason
    detail: str
    topic: str
    partition: int
    offset: int
    attempts: int
    at: datetime
    service: str

    def headers(self) -> list[tuple[str, bytes]]:
        """Kafka headers of the dead letter, each named `dead-…`."""
        fields = {
            "reason": self.reason.value,
            "detail": self.detail[:1000],
            "topic": self.topic,
            "partition": str(self.partition),
            "offset": str(self.offset),
            "attempts": str(self.attempts),
            "at": self.at.isoformat(),
            "service": self.service,
        }
        return [(PREFIX + name, value.encode()) for name, value in fields.items()]

    def headers_on(self, original: Iterable[Header]) -> list[Header]:
        """The headers of the message that dies: its own, those of an earlier death replaced by these."""
        return [*own_headers(original), *self.headers()]

    @classmethod
    def from_headers(cls, headers: Iterable[Header]) -> "DeadLetter":
        """Read it back; raises KeyError or ValueError when the headers are not a dead letter's."""
        found = {
            name.removeprefix(PREFIX): value.decode()
            for name, value in headers
            if name.startswith(PREFIX) and value is not None
        }
        return cls(
            reason=DeadReason(found["reason"]),
            detail=found["detail"],
            topic=found["topic"],
            partition=int(found["partition"]),
            offset=int(found["offset"]),
            attempts=int(found["attempts"]),
            at=datetime.fromisoformat(found["at"]),
            service=found["service"],
        )


def own_headers(headers: Iterable[Header]) -> list[Header]:
    """Those that the message had before it ever died."""
    return [(name, value) for name, value in headers if not name.startswith(PREFIX)]


def replay_headers(letter: Iterable[Header], place: str) -> list[Header]:
    """The headers of the replay of a dead letter at `place`; they carry on how often it has died."""
    kept = list(letter)
    deaths = str(deaths_of(kept)).encode()
    return [*own_headers(kept), (REPLAYED_FROM, place.encode()), (ATTEMPTS, deaths)]


def deaths_of(headers: Iterable[Header]) -> int:
    """How often a message has died so far: 0 for a new one, and when what the header says is no count."""
    for name, value in headers:
        if name == ATTEMPTS and value is not None and value.isdigit() and len(value) <= MOST_DIGITS:
            return int(value)
    return 0
