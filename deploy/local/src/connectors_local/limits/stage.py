"""Where the story plays: the APIs, the exchange and the group, behind one look at everything."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from aiokafka.errors import KafkaError

from connectors_local.demo.clients import Api, for_each
from connectors_local.demo.latencies import Latencies
from connectors_local.limits.board import Board, rows_of
from connectors_local.limits.cast import NOISY, Connector, Part, of_part
from connectors_local.limits.exchange import Exchange, ExchangeError
from connectors_local.limits.offsets import Group, PartitionOffsets
from connectors_local.limits.tally import Tally
from connectors_local.operators.executor import Executor

RECENT_SECONDS: Final = 10.0


@dataclass(slots=True)
class Stage:
    """`baseline`: of the healthy ones alone, once it is known."""

    cast: Sequence[Connector]
    workspace_id: UUID
    exchange: Exchange
    executor: Executor
    pretend_api: Api
    group: Group
    monotonic: Callable[[], float]
    tally: Tally = field(default_factory=Tally)
    baseline: Latencies | None = None
    began: float = field(init=False)
    _committed_first: dict[int, int] = field(default_factory=dict)
    _hearing: "asyncio.Future[None] | None" = None

    def __post_init__(self) -> None:
        self.began = self.monotonic()

    @contextlib.asynccontextmanager
    async def hearing(self) -> AsyncIterator[None]:
        """Inside, results are counted; a failure to hear them is raised by the next look."""
        self._hearing = asyncio.ensure_future(self._hear())
        try:
            yield
        finally:
            self._hearing.cancel()
            await asyncio.gather(self._hearing, return_exceptions=True)

    async def _hear(self) -> None:
        while True:
            try:
                heard = await self.exchange.hear()
            except KafkaError as error:
                raise ExchangeError(f"results cannot be heard any more: {error}") from error
            now = self.monotonic()
            for result in heard:
                self.tally.take(result, now)

    async def look(self, scene: str) -> Board:
        """Raises ApiError and ExchangeError."""
        if self._hearing is not None and self._hearing.done():
            self._hearing.result()
        # Offsets first: what is parked afterwards was parked when they were read.
        partitions = self._since_the_beginning(await self.group.offsets())
        statuses = await for_each(lambda connector: self.executor.status(connector.id, self.workspace_id), self.cast)
        by_id = {connector.id: status for connector, status in zip(self.cast, statuses, strict=True)}
        now = self.monotonic()
        recent = self.tally.healthy_latencies(now - RECENT_SECONDS, now, now)
        counts = {part: self.tally.counts(part) for part in Part}
        rows = rows_of(self.cast, by_id, counts, recent)
        return Board(now - self.began, scene, rows, partitions, self.baseline, recent, by_id)

    def _since_the_beginning(self, partitions: Sequence[PartitionOffsets]) -> list[PartitionOffsets]:
        for each in partitions:
            self._committed_first.setdefault(each.partition, each.committed)
        return [replace(each, began=self._committed_first[each.partition]) for each in partitions]

    async def cancel_the_noisy(self) -> int:
        """Cancel what is parked, and let what hangs go; how many were cancelled. Raises ApiError."""
        noisy = [connector for part in NOISY for connector in of_part(self.cast, part)]
        cancelled = await asyncio.gather(
            *(self.executor.cancel(connector.id, self.workspace_id) for connector in noisy)
        )
        await self.pretend_api.ask("POST", "/hang/release")
        return sum(cancelled)
