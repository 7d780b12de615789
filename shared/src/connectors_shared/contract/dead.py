"""Dead letters: the original bytes unchanged, with everything else about them in the headers."""

from dataclasses import dataclass
from datetime import datetime

from connectors_shared.contract.failure import DeadReason

PREFIX = "dead-"


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

    @classmethod
    def from_headers(cls, headers: list[tuple[str, bytes]]) -> "DeadLetter":
        """Read it back; raises KeyError or ValueError when the headers are not a dead letter's."""
        found = {name.removeprefix(PREFIX): value.decode() for name, value in headers if name.startswith(PREFIX)}
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
