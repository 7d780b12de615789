"""Where the history is kept."""

from collections.abc import Sequence
from typing import Protocol

from connector_registry.history.recording.lines import Line, MappingLine


class HistoryStore(Protocol):
    """Each of these is one transaction. Repeats change nothing."""

    async def record(self, lines: Sequence[Line]) -> list[Line]:
        """Rows, counts and what uses a connector; the lines that were new."""
        ...

    async def record_mappings(self, lines: Sequence[MappingLine]) -> None: ...
