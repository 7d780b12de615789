"""Tells the store what has ended as soon as Kafka has its result: then a small marker replaces what it kept."""

import asyncio
from itertools import chain

from connector_executor.admission.port import Admission, Ended, PartedAdmission, Position
from connector_executor.execution import Execution
from connector_executor.scheduling.line import Line
from connectors_shared.runtime.supervision import to_their_ends

SETTLE_AT_ONCE = 512


class Settling:
    """Collects what has ended; while its part of the store is away it waits here, and so do its repeats in the line."""

    def __init__(self, admission: PartedAdmission, line: Line) -> None:
        self._admission = admission
        self._line = line
        self._telling = asyncio.Lock()
        self._untold: tuple[list[Ended], ...] = tuple([] for _ in admission.parts)

    @property
    def untold(self) -> list[Ended]:
        return list(chain.from_iterable(self._untold))

    def ended(self, execution: Execution, position: Position | None) -> None:
        """Its result is acknowledged by Kafka."""
        self._line.ended(execution.id)
        self.note(Ended(execution.workspace_id, execution.id, position))

    def note(self, ended: Ended) -> None:
        self._untold[self._admission.part_of(ended.workspace_id)].append(ended)

    async def tell(self) -> None:
        """Raises ConnectionError; then it is told the next time."""
        async with self._telling:
            parts = zip(self._admission.parts, self._untold, strict=True)
            await to_their_ends(self._tell(part, untold) for part, untold in parts)

    async def _tell(self, part: Admission, untold: list[Ended]) -> None:
        while untold:
            batch = untold[:SETTLE_AT_ONCE]
            await part.settle(batch)
            del untold[: len(batch)]
            self._line.told(one.execution_id for one in batch)
