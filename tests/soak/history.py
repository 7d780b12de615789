"""What happened in a run, as the ledger recorded it; the checks read nothing else.

All times are seconds of the machine's monotonic clock, which every process of it shares.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tests.soak.cast import Connector

Place = tuple[int, int]
"""Partition and offset."""


@dataclass(slots=True)
class Asked:
    """One execution id: what was asked, and where the producer was told that it is."""

    id: str
    connector: Connector
    contact_id: str | None = None
    fields: tuple[str, ...] = ()
    places: list[Place] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Call:
    """One request that reached the upstream's handler. `ended`: answered, or given up by the client.

    `done`: it had its effect. `status` is None when the client did not wait for the answer.
    """

    id: str
    connector: str
    started: float
    ended: float
    status: int | None
    done: bool
    key: str | None = None


@dataclass(frozen=True)
class Message:
    """A record of a topic that the system wrote, `seen` when the ledger read it."""

    topic: str
    partition: int
    offset: int
    seen: float
    value: bytes
    headers: dict[str, bytes] = field(default_factory=dict)

    @cached_property
    def body(self) -> dict[str, Any]:
        """Empty when it is none of ours."""
        try:
            found = json.loads(self.value)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def id(self) -> str:
        return str(self.body.get("executionId", ""))

    @property
    def place(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that was done. From `began` to `ended` something was broken."""

    kind: str
    detail: str
    began: float
    ended: float


@dataclass(frozen=True, slots=True)
class Exit:
    """A process that ended. `asked`: by our "kill" or "stop", else empty. `ready`: it had been ready before."""

    name: str
    at: float
    status: int
    asked: str
    ready: bool
    log: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a process said of itself, when a server had been `lost` for some time."""

    name: str
    at: float
    ready: bool
    lost: str


@dataclass(frozen=True, slots=True)
class Lag:
    """The upstream itself stood still for so long, until `at`."""

    at: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Position:
    """A group's place in a partition when the run was over."""

    group: str
    partition: int
    committed: int
    end: int


@dataclass
class History:
    """Everything. `pulses` are the times at which a probe of the partition was published, by its id."""

    asked: dict[str, Asked] = field(default_factory=dict)
    poison: dict[str, bytes] = field(default_factory=dict)
    pulses: dict[str, tuple[int, float]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    results: list[Message] = field(default_factory=list)
    updates: list[Message] = field(default_factory=list)
    dead: list[Message] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    exits: list[Exit] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    lags: list[Lag] = field(default_factory=list)
    positions: list[Position] = field(default_factory=list)
    contacts: dict[str, dict[str, Any]] = field(default_factory=dict)

    @cached_property
    def results_of(self) -> dict[str, list[Message]]:
        return _by_id(self.results)

    @cached_property
    def updates_of(self) -> dict[str, list[Message]]:
        return _by_id(self.updates)

    @cached_property
    def calls_of(self) -> dict[str, list[Call]]:
        found: dict[str, list[Call]] = defaultdict(list)
        for call in self.calls:
            found[call.id].append(call)
        return found


def _by_id(messages: Iterable[Message]) -> dict[str, list[Message]]:
    """In the order in which they were read, which within a partition is the topic's."""
    found: dict[str, list[Message]] = defaultdict(list)
    for message in messages:
        found[message.id].append(message)
    return found


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that was broken. `subject` is what to look for in the evidence, mostly an execution id."""

    promise: str
    subject: str
    detail: str
