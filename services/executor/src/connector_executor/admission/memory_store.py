"""What the in-memory twin of the admission keeps: the same that Redis holds for all replicas."""

from collections import defaultdict
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field

from connector_executor.admission.port import Position
from connector_executor.admission.upstream import Breaker


@dataclass(slots=True)
class Claim:
    """What is remembered of one execution."""

    owner: str
    lease_until_us: int
    slot_us: int = 0
    attempt: int = 0
    result: bytes | None = None
    parked: bool = False
    started: bool = True


@dataclass(slots=True)
class Arrival:
    """Until when one window is reserved, under which interval, and until when calls let go have used it up."""

    at_us: float = 0.0
    interval_us: float = 0.0
    used_us: float = 0.0
    weight: int = 1

    def under(self, interval_us: float, now_us: int) -> float:
        """What was reserved under another interval keeps its number of calls, not its time."""
        if not self.interval_us or self.interval_us == interval_us or self.at_us <= now_us:
            return self.at_us
        return now_us + (self.at_us - now_us) * interval_us / self.interval_us


@dataclass(slots=True)
class Line:
    """One window as an ask meets it."""

    arrival: Arrival
    interval_us: int
    reserved_us: float
    slot_us: float
    regular_us: float


@dataclass(slots=True)
class Budget:
    """Arrivals by window, the hold, what was learned, who is in flight until when, whose backlogs there are."""

    arrivals: defaultdict[str, Arrival] = field(default_factory=lambda: defaultdict(Arrival))
    rings: dict[str, float] = field(default_factory=dict)
    held_until_us: int = 0
    hold_source: str = ""
    learned_us: float = 0.0
    learned_until_us: int = 0
    learned_source: str = ""
    refusals_in_a_row: int = 0
    refused_at_us: int = 0
    in_flight: dict[str, int] = field(default_factory=dict)
    backlogs: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Knowledge:
    """What `join.lua` keeps of the store's memory; see there."""

    generation: str
    server: int
    began_us: int
    settled_us: int
    ready: bool = False
    lost: bool = True
    since_ms: int = 0
    tail_ms: int = 0
    alive_ms: int = 0
    refiller: str = ""
    refiller_until_us: int = 0


class Store:
    """What all replicas share; `now_us` is the store's own clock in microseconds."""

    def __init__(self, now_us: Callable[[], int]) -> None:
        self.now_us = now_us
        self.server = 0
        self.generations = 0
        self.knowledge: Knowledge | None = None
        self.claims: dict[tuple[str, str], Claim] = {}
        self.markers: dict[tuple[str, str], Position | None] = {}
        self.budgets: dict[tuple[str, str], Budget] = {}
        self.breakers: dict[tuple[str, str], Breaker] = {}

    def forget_everything(self) -> None:
        """As a server that comes back without its data."""
        self.knowledge = None
        self.claims, self.markers, self.budgets, self.breakers = {}, {}, {}, {}

    def copy(self) -> "Store":
        """As a snapshot on a disk, or a replica that is behind."""
        return deepcopy(self, {id(self.now_us): self.now_us})

    def restore(self, copy: "Store") -> None:
        """As another server that comes up with a copy of the data."""
        self.server += 1
        found = copy.copy()
        self.knowledge, self.claims, self.markers = found.knowledge, found.claims, found.markers
        self.budgets, self.breakers = found.budgets, found.breakers

    def new_generation(self) -> str:
        self.generations += 1
        return str(self.generations)
