"""The offset window of one partition: which records are out, and how far may be committed."""

from collections import deque


class OffsetRegressionError(Exception):
    """A record came with an offset at or below one already seen in this assignment."""


class OffsetWindow:
    """Records finish in any order; the watermark is the first unfinished one.

    Offsets have gaps (compaction, transaction markers), so only offsets that were really seen are kept.
    One window serves one assignment of the partition (an epoch); it is thrown away with it.
    """

    __slots__ = ("_finished", "_next", "_open", "epoch", "highest_seen")

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch
        self.highest_seen = -1
        self._open: deque[int] = deque()
        self._finished: set[int] = set()
        self._next: int | None = None

    def __len__(self) -> int:
        """Records between the watermark and the newest one: what a crash would deliver again."""
        return len(self._open)

    def add(self, offset: int) -> None:
        """A record was delivered; raises OffsetRegressionError when it cannot be new."""
        if offset <= self.highest_seen:
            raise OffsetRegressionError(f"offset {offset} after {self.highest_seen}")
        self.highest_seen = offset
        self._open.append(offset)

    def finish(self, offset: int) -> None:
        """The record's result, parking or dead letter is acknowledged. Repeating it changes nothing."""
        if not self._open or offset < self._open[0]:
            return
        self._finished.add(offset)
        while self._open and self._open[0] in self._finished:
            head = self._open.popleft()
            self._finished.discard(head)
            self._next = head + 1

    def is_finished(self, offset: int) -> bool:
        """Of an offset that was added."""
        return offset in self._finished or not self._open or offset < self._open[0]

    @property
    def watermark(self) -> int | None:
        """The offset to commit: everything below it is finished. None while nothing has finished."""
        return self._next

    @property
    def oldest_unfinished(self) -> int | None:
        return self._open[0] if self._open else None
