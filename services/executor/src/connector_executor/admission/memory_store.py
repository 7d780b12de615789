"""What the in-memory twin of the admission keeps: the same that Redis holds for all replicas."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from itertools import count

from connector_executor.admission.memory_budget import Budget
from connector_executor.admission.port import Position
from connector_executor.admission.upstream import Breaker

GENERATIONS = count(1)


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
class Knowledge:
    """What `join.lua` keeps of the store's memory; see there."""

    generation: str
    server: int
    run: int
    began_us: int
    settled_us: int
    ready: bool = False
    lost: bool = True
    since_ms: int = 0
    tail_ms: int = 0
    alive_ms: int = 0
    refiller: str = ""
    refiller_until_us: int = 0

    @property
    def spent_at_us(self) -> int | None:
        """From when on budgets count of which nobody knows how much was spent; None when nothing was lost."""
        return self.began_us if self.lost else None

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
        self.server, self.run = 0, 0
        self.knowledge: Knowledge | None = None
        self.claims: dict[tuple[str, str], Claim] = {}
        self.markers: dict[tuple[str, str], Position | None] = {}
        self.budgets: dict[tuple[str, str], Budget] = {}
        self.breakers: dict[tuple[str, str], Breaker] = {}

    def forget_everything(self) -> None:
        """As a server that comes back without its data."""
        self.knowledge = None
        self.claims, self.markers, self.budgets, self.breakers = {}, {}, {}, {}

    def move(self) -> None:
        """As another server that has all of it."""
        self.server, self.run = self.server + 1, self.run + 1

    def rename(self) -> None:
        """As a server to which its first replica attaches."""
        self.server += 1

    def copy(self) -> "Store":
        """As a snapshot on a disk, or a replica that is behind."""
        return deepcopy(self, {id(self.now_us): self.now_us})

    def restore(self, copy: "Store") -> None:
        """As another server that comes up with a copy of the data."""
        self.move()
        found = copy.copy()
        self.knowledge, self.claims, self.markers = found.knowledge, found.claims, found.markers
        self.budgets, self.breakers = found.budgets, found.breakers

    def new_generation(self) -> str:
        """No other store has one of the same name."""
        return str(next(GENERATIONS))
