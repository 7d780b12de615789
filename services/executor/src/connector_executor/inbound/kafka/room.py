"""How much may wait in memory: which partitions have to pause, and which may go on."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar


class Held(Protocol):
    """What a partition has unfinished: records, and the bytes that they take. `paused`: it brings no more."""

    @property
    def records(self) -> int: ...
    @property
    def bytes(self) -> int: ...
    @property
    def paused(self) -> bool: ...


P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Turn(Generic[P]):
    """What changes: partitions that pause, and those that go on."""

    pause: Collection[P]
    resume: Collection[P]


@dataclass(frozen=True, slots=True)
class Room:
    """The ceilings: `most_bytes` of the process, `most_records` of each partition.

    Half of the bytes belongs to the partitions in equal shares, so that none stands still because of others; the
    other half is for whoever comes first. Together they hold at most all of it and what one poll brings: a record
    that is larger than a share is taken too, and finishes alone.
    """

    most_bytes: int
    most_records: int

    def turn(self, partitions: Mapping[P, Held], open_: bool) -> Turn[P]:
        """Pause at a ceiling, go on below half of it. While not `open_` all pause."""
        share = self.most_bytes // 2 // max(1, len(partitions))
        borrowed = sum(max(0, held.bytes - share) for held in partitions.values())
        return Turn(
            [
                p
                for p, held in partitions.items()
                if not held.paused and not (open_ and self._fits(held, share, borrowed))
            ],
            [p for p, held in partitions.items() if held.paused and open_ and self._is_roomy(held, share, borrowed)],
        )

    def _fits(self, held: Held, share: int, borrowed: int) -> bool:
        return held.records < self.most_records and (held.bytes < share or borrowed < self.most_bytes // 2)

    def _is_roomy(self, held: Held, share: int, borrowed: int) -> bool:
        few = held.records <= self.most_records // 2
        return few and (held.bytes <= share // 2 or borrowed <= self.most_bytes // 4)
