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
    """Until when one window is reserved, and until when calls let go have used it up; under which interval."""

    at_us: float = 0.0
    interval_us: float = 0.0
    used_us: float = 0.0
    weight: int = 1

    def bring_near(self, now_us: int, reserved_us: float, used_us: float) -> None:
        """What is further ahead than it can be was written before the store's clock went back."""
        if self.interval_us:
            self.at_us = min(self.at_us, now_us + reserved_us + self.interval_us * self.weight)
        self.used_us = min(self.used_us, now_us + used_us)

    def reserved_under(self, interval_us: float, now_us: int, most_us: float) -> float:
        """What was reserved under another interval keeps its number of calls, not its time."""
        if not self.interval_us or self.interval_us == interval_us or self.at_us <= now_us:
            return self.at_us
        return now_us + min((self.at_us - now_us) * interval_us / self.interval_us, most_us)

    def used_under(self, interval_us: float, now_us: int, most_us: float) -> float:
        """The last unit keeps its moment, those that are ahead of it their number."""
        if not self.interval_us or self.interval_us == interval_us:
            return self.used_us
        last = self.used_us - self.interval_us
        if last > now_us:
            last = now_us + (last - now_us) * interval_us / self.interval_us
        return min(last + interval_us, now_us + most_us)


@dataclass(slots=True)
class Line:
    """One window as an ask meets it."""

    arrival: Arrival
    interval_us: int
    reserved_us: float
    used_us: float
    room_us: int
    """How much of the tolerance a call of this weight finds."""

    @property
    def slot_us(self) -> float:
        return self.reserved_us - self.room_us

    @property
    def regular_us(self) -> float:
        return self.used_us - self.room_us

    def rescale(self) -> None:
        """From now on the window has the interval of this ask."""
        self.arrival.at_us, self.arrival.used_us = self.reserved_us, self.used_us
        self.arrival.interval_us = self.interval_us


@dataclass(slots=True)
class Budget:
    """Arrivals by window, the hold, what was learned, who is in flight until when, whose backlogs there are."""

    arrivals: defaultdict[str, Arrival] = field(default_factory=lambda: defaultdict(Arrival))
    rings: dict[str, float] = field(default_factory=dict)
    held_until_us: int = 0
    held_at_us: int = 0
    hold_source: str = ""
    learned_us: float = 0.0
    learned_until_us: int = 0
    learned_source: str = ""
    refusals_in_a_row: int = 0
    refused_at_us: int = 0
    in_flight: dict[str, int] = field(default_factory=dict)
    backlogs: set[str] = field(default_factory=set)

    def held_until(self, now_us: int) -> int:
        """What was told in the future was told before the store's clock went back."""
        early = self.held_at_us - now_us
        if early > 0:
            self.held_until_us, self.held_at_us = self.held_until_us - early, now_us
        return self.held_until_us


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

    def bring_near(self, now_us: int, refill_lease_us: int) -> None:
        """What is further ahead than it can be was written before the store's clock went back."""
        early = self.began_us - now_us
        if early > 0:
            self.began_us, self.settled_us = now_us, max(0, self.settled_us - early)
        self.refiller_until_us = min(self.refiller_until_us, now_us + refill_lease_us)


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
