"""The partitions that this process has: their offset windows, and what a commit makes safe.

With every offset a mark is committed: the store's generation, and the highest offset that may have been handed out
under it. When the store loses its memory together with the process, the next one doubts just the records up to it.
Until they are finished every further mark says so, too: whoever comes later has the same doubt.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from aiokafka import TopicPartition
from aiokafka.structs import OffsetAndMetadata

from connector_executor.admission.port import Ended
from connector_executor.execution import Arrival, Origin
from connector_executor.scheduling.offsets import OffsetWindow

Identity = tuple[str, str]
"""(workspace, execution)"""
Offsets = dict[TopicPartition, OffsetAndMetadata]


MOST_GENERATIONS = 12
"""In a mark; beyond that the oldest become one, which nobody's claims belong to. Of a cluster each names those of all
its parts, in 271 characters, and Kafka takes 4096 with an offset."""
FORGOTTEN = "-"


@dataclass(frozen=True, slots=True)
class Mark:
    """Records up to an offset may have been handed out under a generation of the store: pairs, oldest first."""

    handed: tuple[tuple[str, int], ...] = ()

    @property
    def highest(self) -> int:
        return max((highest for _, highest in self.handed), default=-1)

    def under(self, offset: int) -> tuple[str, ...]:
        """The generations under which the record may have been handed out."""
        if not self.handed:
            return ()
        return tuple(generation for generation, highest in self.handed if offset <= highest)

    def after(self, offset: int) -> "Mark":
        """What still matters once everything below the offset is finished."""
        return Mark(tuple((generation, highest) for generation, highest in self.handed if highest >= offset))

    def extended(self, generation: str, highest: int) -> "Mark":
        """Up to `highest` they are handed out under `generation` as well."""
        highest = max([highest, *(reached for known, reached in self.handed if known == generation)])
        others = tuple(pair for pair in self.handed if pair[0] != generation)
        while len(others) >= MOST_GENERATIONS:
            (_, first), (_, second), *rest = others
            others = ((FORGOTTEN, max(first, second)), *rest)
        return Mark((*others, (generation, highest)))

    def __str__(self) -> str:
        return "2:" + ",".join(f"{generation}:{highest}" for generation, highest in self.handed)

    @classmethod
    def parse(cls, text: str) -> "Mark | None":
        """None when it is not one: an offset that something else committed. Version 1 held a single pair."""
        version, _, rest = text.partition(":")
        if version not in ("1", "2") or not rest:
            return None
        pairs = [pair.rpartition(":") for pair in rest.split(",")]
        if not all(generation and highest.isdecimal() for generation, _, highest in pairs):
            return None
        return cls(tuple((generation, int(highest)) for generation, _, highest in pairs))


@dataclass(slots=True)
class Assignment:
    """One partition while it is ours. `identities` are the executions that would come again if it were not.

    `start` is the first offset delivered, `covered` the highest one that a committed mark names, and `doubted` what
    earlier owners may have handed out. `bytes`: what its unfinished records take in memory. `oldest` is the first
    unfinished offset at the last look, there since `moved_at` (monotonic seconds).
    """

    window: OffsetWindow
    identities: dict[int, Identity] = field(default_factory=dict)
    committed: OffsetAndMetadata | None = None
    start: int | None = None
    covered: int = -1
    seen_at_commit: int = -1
    doubted: Mark = field(default_factory=Mark)
    bytes: int = 0
    paused: bool = False
    oldest: int | None = None
    moved_at: float = 0.0

    def look(self, now: float) -> None:
        oldest = self.window.oldest_unfinished
        if oldest is None or oldest != self.oldest:
            self.oldest, self.moved_at = oldest, now

    @property
    def uncommitted(self) -> bool:
        """Something is finished that Kafka does not know of."""
        watermark = self.window.watermark
        return watermark is not None and (self.committed is None or self.committed.offset < watermark)

    @property
    def records(self) -> int:
        """Between the watermark and the newest one."""
        return len(self.window)

    def next_commit(self, generation: str, reach: int, ahead: bool) -> OffsetAndMetadata | None:
        """What to commit so that records up to `reach` are covered; `ahead`: and about a second's worth more."""
        if self.start is None:
            return None
        watermark = self.window.watermark
        highest = max(reach, self.window.highest_seen)
        if ahead and self.seen_at_commit >= 0:
            highest += self.window.highest_seen - self.seen_at_commit
        offset = self.start if watermark is None else watermark
        mark = self.doubted.after(offset)
        if generation:
            mark = mark.extended(generation, max(highest, 0))
        return OffsetAndMetadata(offset, str(mark))


class RecordOrigin(Origin):
    """An execution's record: finishing it moves the window, unless the partition has been reassigned."""

    arrival = Arrival.RECORD
    __slots__ = ("_finish", "assignment", "bytes", "epoch", "offset", "partition")

    def __init__(
        self,
        partition: TopicPartition | tuple[str, int],
        assignment: Assignment,
        offset: int,
        epoch: int,
        finish: Callable[["RecordOrigin", bool], None],
    ) -> None:
        self.partition = partition
        self.assignment = assignment
        self.offset = offset
        self.epoch = epoch
        self.bytes = 0
        self._finish = finish

    def parked(self) -> None:
        self._finish(self, False)

    def dead_lettered(self) -> None:
        self._finish(self, False)

    def finished(self, message: bytes) -> None:
        self._finish(self, True)


@dataclass(frozen=True, slots=True)
class Stall:
    """A partition whose first unfinished record has been that for so long."""

    partition: TopicPartition
    offset: int
    seconds: float


class Assignments:
    """All partitions of this process. Every assignment is an epoch: what belongs to an earlier one changes nothing.

    `epoch` is 0 while there is none.
    """

    def __init__(self) -> None:
        self.epoch = 0
        self.partitions: dict[TopicPartition, Assignment] = {}

    def assign(self, partitions: set[TopicPartition], epoch: int) -> None:
        self.epoch = epoch
        self.partitions = {partition: Assignment(OffsetWindow(epoch)) for partition in partitions}

    def revoke(self) -> None:
        self.epoch = 0
        self.partitions = {}

    def look(self, now: float) -> None:
        """Which partitions have moved since the last look."""
        for assignment in self.partitions.values():
            assignment.look(now)

    def stalls(self, now: float, seconds: float) -> list[Stall]:
        """Partitions that have not moved for longer than `seconds`. A commit that only moves a mark moves nothing."""
        return [
            Stall(partition, assignment.oldest, now - assignment.moved_at)
            for partition, assignment in self.partitions.items()
            if assignment.oldest is not None and now - assignment.moved_at > seconds
        ]

    def seen(self, partition: TopicPartition | tuple[str, int], offset: int, epoch: int) -> RecordOrigin | None:
        """Note a record that was delivered under that epoch; None when it is over, or the partition not ours."""
        assignment = self.partitions.get(partition)
        if assignment is None or epoch != self.epoch:
            return None
        assignment.window.add(offset)
        if assignment.start is None:
            assignment.start = offset
        return RecordOrigin(partition, assignment, offset, epoch, self._finish)

    def has(self, origin: RecordOrigin) -> bool:
        """Its assignment is the present one."""
        return self._of(origin) is not None

    def weigh(self, origin: RecordOrigin, memory_bytes: int) -> None:
        """What the record takes until it is finished, beside what was said of it before."""
        assignment = self._of(origin)
        if assignment is not None:
            origin.bytes += memory_bytes
            assignment.bytes += memory_bytes

    def identify(self, origin: RecordOrigin, identity: Identity) -> None:
        """Remember who comes again as long as the offset is not committed."""
        assignment = self._of(origin)
        if assignment is not None:
            assignment.identities[origin.offset] = identity

    def handed_under(self, origin: RecordOrigin) -> tuple[str, ...]:
        """The store's generations under which earlier owners may have started the record."""
        assignment = self._of(origin)
        return assignment.doubted.under(origin.offset) if assignment else ()

    def ended(self) -> list[Ended]:
        """Executions that have ended here, but whose records may be delivered again."""
        return [
            Ended(*identity)
            for assignment in self.partitions.values()
            for offset, identity in assignment.identities.items()
            if assignment.window.is_finished(offset)
        ]

    def uncovered(self, reach: dict[TopicPartition, tuple[int, int]], generation: str, epoch: int) -> Offsets:
        """Marks to commit before records are handed out; `reach`: by partition, their first and last offset.

        Records of an earlier epoch move nothing: their first offset may lie behind what is unfinished now.
        """
        offsets: Offsets = {}
        if epoch != self.epoch:
            return offsets
        for partition, (first, last) in reach.items():
            assignment = self.partitions.get(partition)
            if assignment is None or last <= assignment.covered:
                continue
            if assignment.start is None:
                assignment.start = first
            found = assignment.next_commit(generation, last, ahead=True)
            if found is not None:
                offsets[partition] = found
        return offsets

    def due(self, generation: str, *, final: bool = False) -> Offsets:
        """Offsets to commit: watermarks and marks that moved. `final`: nothing more is handed out."""
        offsets: Offsets = {}
        for partition, assignment in self.partitions.items():
            found = assignment.next_commit(generation, -1, ahead=not final)
            assignment.seen_at_commit = assignment.window.highest_seen
            if found is not None and found != assignment.committed:
                offsets[partition] = found
        return offsets

    def note_committed(self, offsets: Offsets, epoch: int) -> None:
        """A commit of that epoch succeeded: what is below does not come again."""
        if epoch != self.epoch:
            return
        for partition, committed in offsets.items():
            assignment = self.partitions.get(partition)
            if assignment is None:
                continue
            assignment.committed = committed
            mark = Mark.parse(committed.metadata) or Mark()
            assignment.covered = max(assignment.covered, mark.highest)
            for seen in [seen for seen in assignment.identities if seen < committed.offset]:
                del assignment.identities[seen]

    def _of(self, origin: RecordOrigin) -> Assignment | None:
        return origin.assignment if origin.epoch == self.epoch else None

    def _finish(self, origin: RecordOrigin, ended: bool) -> None:
        """What is parked has not ended."""
        assignment = self._of(origin)
        if assignment is not None:
            if not ended:
                assignment.identities.pop(origin.offset, None)
            assignment.window.finish(origin.offset)
            assignment.bytes -= origin.bytes
            origin.bytes = 0
