"""What one assignment brings, mapped slice by slice beside the polling."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import closing
from typing import Final

from aiokafka import TopicPartition

from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.gathering import Gathering
from connectors_shared.runtime.intake import Records
from field_mapper.batch import SLICE_BYTES, BatchProcessor
from field_mapper.inbound.waiting import Waiting
from field_mapper.metrics import MapperMetrics

MOST_BYTES: Final = 16 * 1024 * 1024
"""Of records that wait, above which nothing more is polled."""

Commit = Callable[[dict[TopicPartition, int]], Awaitable[None]]


class Work:
    """One slice at a time: a transaction, its messages, its offsets. `most`: records of a slice; for less than half of
    them it waits until `gather_seconds` after the beginning of the last one.

    A slice ends early when its mappings take long, so that each makes progress that is committed.
    """

    def __init__(
        self,
        epoch: int,
        processor: BatchProcessor,
        commit: Commit,
        clock: Clock,
        metrics: MapperMetrics,
        most: int,
        gather_seconds: float = 0.0,
    ) -> None:
        self.epoch = epoch
        self._processor = processor
        self._commit = commit
        self._clock = clock
        self._metrics = metrics
        self._most = most
        self._gathering = Gathering(gather_seconds)
        self._waiting = Waiting()
        self._arrived = asyncio.Event()
        self._ours = True

    def add(self, records: Records) -> None:
        self._waiting.add(records)
        self._arrived.set()

    def end(self) -> None:
        """Begin no other slice."""
        self._ours = False
        self._arrived.set()

    async def run(self) -> None:
        """Until `end`; the slice under way is finished, and committed by whoever may still commit."""
        while self._ours:
            await self._arrived.wait()
            self._arrived.clear()
            while self._ours and self._waiting:
                await self._gathering.done(self._arrived, self._is_enough)
                if self._ours:
                    await self._map_some()

    def is_full(self, partition: TopicPartition) -> bool:
        return self._waiting.unfinished(partition) >= self._most or self._waiting.bytes >= MOST_BYTES

    def has_room(self, partition: TopicPartition) -> bool:
        """Well below the ceiling, so that it is not reached at once again."""
        return self._waiting.unfinished(partition) <= self._most // 2 and self._waiting.bytes <= MOST_BYTES // 2

    def _is_enough(self) -> bool:
        """There is nothing to wait for."""
        return not self._ours or 2 * len(self._waiting) >= self._most or self._waiting.bytes >= SLICE_BYTES

    async def _map_some(self) -> None:
        started = self._clock.monotonic()
        with closing(self._waiting.turns(self._most)) as turns:
            mapped = await self._processor.process(turns, self._waiting.ahead, self._waiting.charge)
        if mapped is None:
            self._ours = False
            return
        self._metrics.batch_records.observe(len(mapped))
        await self._commit(self._waiting.done(mapped))
        self._metrics.batch_seconds.observe(self._clock.monotonic() - started)
