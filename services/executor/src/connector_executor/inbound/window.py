"""The partitions that this process has: their offset windows, and what a commit makes safe."""

from collections.abc import Callable
from dataclasses import dataclass, field

from aiokafka import TopicPartition

from connector_executor.scheduling.offsets import OffsetWindow

Identity = tuple[str, str]
"""(workspace, execution)"""


@dataclass(slots=True)
class Assignment:
    """One partition while it is ours. `identities` are the executions whose claims a commit may settle."""

    window: OffsetWindow
    identities: dict[int, Identity] = field(default_factory=dict)
    committed: int | None = None
    paused: bool = False


@dataclass(slots=True)
class RecordOrigin:
    """An execution's record: finishing it moves the window, unless the partition has been reassigned."""

    partition: TopicPartition
    offset: int
    epoch: int
    finish: Callable[["RecordOrigin"], None]

    def finished(self) -> None:
        self.finish(self)


class Assignments:
    """All partitions of this process. A new assignment is a new epoch; old completions change nothing."""

    def __init__(self) -> None:
        self._epoch = 0
        self.partitions: dict[TopicPartition, Assignment] = {}

    def assign(self, partitions: set[TopicPartition]) -> None:
        self._epoch += 1
        self.partitions = {partition: Assignment(OffsetWindow(self._epoch)) for partition in partitions}

    def revoke(self) -> None:
        self.partitions = {}

    def seen(self, partition: TopicPartition, offset: int) -> RecordOrigin | None:
        """Note a delivered record; None when the partition is not ours (any more)."""
        assignment = self.partitions.get(partition)
        if assignment is None:
            return None
        assignment.window.add(offset)
        return RecordOrigin(partition, offset, assignment.window.epoch, self._finish)

    def identify(self, origin: RecordOrigin, identity: Identity) -> None:
        """Remember whose claim becomes settled when the offset is committed."""
        assignment = self.partitions.get(origin.partition)
        if assignment is not None and assignment.window.epoch == origin.epoch:
            assignment.identities[origin.offset] = identity

    def due(self) -> dict[TopicPartition, int]:
        """Offsets to commit: watermarks that moved since the last commit."""
        return {
            partition: assignment.window.watermark
            for partition, assignment in self.partitions.items()
            if assignment.window.watermark is not None and assignment.window.watermark != assignment.committed
        }

    def note_committed(self, offsets: dict[TopicPartition, int]) -> list[Identity]:
        """The commit succeeded; gives the executions that are safe now."""
        safe: list[Identity] = []
        for partition, offset in offsets.items():
            assignment = self.partitions.get(partition)
            if assignment is None:
                continue
            assignment.committed = offset
            done = [seen for seen in assignment.identities if seen < offset]
            safe += [assignment.identities.pop(seen) for seen in done]
        return safe

    def _finish(self, origin: RecordOrigin) -> None:
        assignment = self.partitions.get(origin.partition)
        if assignment is not None and assignment.window.epoch == origin.epoch:
            assignment.window.finish(origin.offset)
