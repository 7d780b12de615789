"""How much of each workspace is under way in this process, for whoever bounds how much of it there may be at once."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID


class UnderWay:
    """A workspace that has nothing under way takes no room."""

    def __init__(self) -> None:
        self._counts: Counter[UUID] = Counter()

    def of(self, workspace_id: UUID) -> int:
        return self._counts[workspace_id]

    def total(self) -> int:
        return self._counts.total()

    @contextmanager
    def one(self, workspace_id: UUID) -> Iterator[None]:
        """One more, until the block ends, however it does."""
        self._counts[workspace_id] += 1
        try:
            yield
        finally:
            self._counts[workspace_id] -= 1
            if not self._counts[workspace_id]:
                del self._counts[workspace_id]
