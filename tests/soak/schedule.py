"""What is broken, and when: a pure function of the seed."""

import random
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum


class Track(StrEnum):
    """Faults of one track come one after another; those of the two tracks coincide."""

    FLEET = "fleet"
    SERVERS = "servers"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault. It lasts between these times; `weight` says how often it is drawn."""

    name: str
    track: Track
    seconds: tuple[float, float]
    says: str
    weight: float = 1.0


KINDS = (
    Kind("kill", Track.FLEET, (0, 4), "kill -9 of an executor, started again after so long", 2.0),
    Kind("kill-mapper", Track.FLEET, (0, 4), "the same of a field mapper"),
    Kind("kill-all", Track.FLEET, (0, 4), "kill -9 of all executors at once"),
    Kind("hang", Track.FLEET, (5, 40), "SIGSTOP of an executor", 2.0),
    Kind("hang-mapper", Track.FLEET, (5, 40), "SIGSTOP of a field mapper"),
    Kind("scale", Track.FLEET, (5, 20), "a further executor joins, and leaves again"),
    Kind("storm", Track.FLEET, (6, 14), "further executors join, leave and are killed, again and again"),
    Kind("roll", Track.FLEET, (0, 2), "SIGTERM of one executor after the other, each started again"),
    Kind("roll-mappers", Track.FLEET, (0, 2), "the same of the field mappers"),
    Kind("flushall", Track.SERVERS, (0, 0), "FLUSHALL of Valkey", 1.5),
    Kind("valkey-restart", Track.SERVERS, (0, 5), "Valkey is killed, and comes back with its data"),
    Kind("valkey-empty", Track.SERVERS, (0, 5), "Valkey is killed, and comes back without its data"),
    Kind("valkey-hang", Track.SERVERS, (2, 15), "SIGSTOP of Valkey"),
    Kind("valkey-cut", Track.SERVERS, (1, 12), "no connection to Valkey"),
    Kind("valkey-replies", Track.SERVERS, (2, 4), "Valkey does what it is asked to, and its replies are lost"),
    Kind("postgres-stop", Track.SERVERS, (1, 10), "Postgres is stopped, and comes back"),
    Kind("postgres-cut", Track.SERVERS, (1, 12), "no connection to Postgres"),
    Kind("kafka-kill", Track.SERVERS, (0, 6), "Kafka is killed, and comes back with its data"),
    Kind("kafka-hang", Track.SERVERS, (3, 20), "SIGSTOP of Kafka"),
)
KIND_OF = {kind.name: kind for kind in KINDS}
ALL_KINDS = tuple(KIND_OF)


@dataclass(frozen=True, slots=True)
class PlannedFault:
    """`at` and `seconds` from the start; `chance` (0 to 1) chooses whatever else there is to choose.

    Those of one `track` come one after another, however long each really takes.
    """

    track: str
    at: float
    kind: str
    seconds: float
    chance: float

    def __str__(self) -> str:
        return f"{self.at:7.1f} s  {self.kind:<15} {self.seconds:5.1f} s"


@dataclass(frozen=True, slots=True)
class Shape:
    """How dense the faults are: so long between two of one track, and none longer than `longest_seconds`."""

    gap_seconds: tuple[float, float]
    longest_seconds: float = 40.0
    coincide: bool = True


LONG = Shape((4, 22))
SHORT = Shape((2, 5), longest_seconds=5.0, coincide=False)


def plan_faults(seed: int, kinds: Collection[str], seconds: float, shape: Shape) -> list[PlannedFault]:
    """In the order of their times; the last one ends before `seconds`. Raises KeyError for an unknown kind."""
    chosen = [KIND_OF[name] for name in kinds]
    tracks: dict[str, list[Kind]] = {}
    for kind in chosen:
        tracks.setdefault(kind.track if shape.coincide else "all", []).append(kind)
    faults = [fault for track, ours in tracks.items() for fault in _one_track(seed, track, ours, seconds, shape)]
    return sorted(faults, key=lambda fault: fault.at)


def _one_track(seed: int, track: str, kinds: list[Kind], seconds: float, shape: Shape) -> list[PlannedFault]:
    """Every kind comes once before any comes a second time, as far as the time goes."""
    rng = random.Random(f"faults {seed} {track}")
    faults: list[PlannedFault] = []
    turn: list[Kind] = []
    at = rng.uniform(*shape.gap_seconds)
    while True:
        turn = turn or _shuffled(rng, kinds)
        kind = turn.pop()
        least, most = kind.seconds
        lasts = round(rng.uniform(min(least, shape.longest_seconds), min(most, shape.longest_seconds)), 1)
        if at + lasts > seconds:
            return faults
        faults.append(PlannedFault(track, round(at, 1), kind.name, lasts, rng.random()))
        at += lasts + rng.uniform(*shape.gap_seconds)


def _shuffled(rng: random.Random, kinds: list[Kind]) -> list[Kind]:
    """The heavier, the earlier by chance: turns are taken from the end."""
    return sorted(kinds, key=lambda kind: rng.random() ** (1 / kind.weight))
