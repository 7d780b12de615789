"""Fills the store's memory again from the log of results, before writes are admitted.

Newest first, in stretches of the partition that is least far back, so that a budget of seconds covers the same time
in all of them.
"""

import asyncio
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from typing import Any

from connector_executor.admission.port import Admission, Memory, StoreEmptiedError
from connector_executor.metrics import ExecutorMetrics
from connector_executor.recovery.results import Found, OpenResults, ResultLog, ResultsAwayError, Stretch
from connector_executor.scheduling.claims import Claims
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)
STRETCH_RECORDS = 5_000
RENEWED_SECONDS = 1.0
MARGIN_MS = 60_000
"""How far the clocks of whoever asks and of executors may be apart."""


@dataclass(slots=True)
class Reach:
    """How far back one partition has been read: up to `stop` (excluded) nothing, from `oldest_ms` on everything."""

    partition: int
    start: int
    stop: int
    oldest_ms: int

    @property
    def done(self) -> bool:
        return self.stop <= self.start


class Recovery:
    """`watch` is called over and over. Reads for at most `budget_seconds`, back to `window_seconds` ago."""

    def __init__(
        self,
        admission: Admission,
        claims: Claims,
        open_results: OpenResults,
        clock: Clock,
        metrics: ExecutorMetrics,
        *,
        window_seconds: float,
        budget_seconds: float,
    ) -> None:
        self._admission = admission
        self._claims = claims
        self._open_results = open_results
        self._clock = clock
        self._metrics = metrics
        self._window_seconds = window_seconds
        self._budget_seconds = budget_seconds

    async def watch(self) -> None:
        """Notice what became of the store's memory, and refill it when that is this replica's task."""
        memory = await self._claims.look()
        self._metrics.recovering.set(memory is not None and not memory.ready)
        if memory is None or memory.ready or not memory.refills:
            return
        try:
            await self._kept_ours(self._refill(memory))
        except StoreEmptiedError:
            log.warning("recovery.restarted")
        except (ConnectionError, ResultsAwayError) as error:
            log.warning("recovery.waiting", why=str(error))

    async def _kept_ours(self, refill: Coroutine[Any, Any, None]) -> None:
        """Each look keeps the task of refilling, however long a part takes. It ends when another has taken it."""
        refilling = asyncio.ensure_future(refill)
        try:
            while not (await asyncio.wait([refilling], timeout=RENEWED_SECONDS))[0]:
                memory = await self._admission.look()
                if not memory.ready and not memory.refills:
                    log.warning("recovery.taken_over")
                    return
            await refilling
        finally:
            if refilling.cancel():
                await asyncio.wait([refilling])

    async def _refill(self, memory: Memory) -> None:
        began = self._clock.monotonic()
        async with self._open_results() as results:
            if memory.tail_ms == 0 and await results.is_new():
                await self._admission.refilled(0, lost=False)
                return
            known, since_ms = await self._read(results, memory)
        await asyncio.sleep((await self._admission.look()).settles_seconds)
        if await self._admission.refilled(since_ms, lost=True):
            seconds = round(self._clock.monotonic() - began, 1)
            log.warning("store.refilled", results=known, seconds=seconds, since_ms=since_ms)

    async def _read(self, results: ResultLog, memory: Memory) -> tuple[int, int | None]:
        """How many were told, and from when on everything is known: None when that is as it was."""
        now_ms = round(self._clock.now().timestamp() * 1000)
        from_ms = max(memory.tail_ms, now_ms - round(self._window_seconds * 1000))
        reaches = [Reach(s.partition, s.start, s.stop, now_ms) for s in await results.stretches(from_ms)]
        ends = self._clock.monotonic() + self._budget_seconds
        known = 0
        while (reach := _least_far_back(reaches)) and self._clock.monotonic() < ends:
            known += await self._read_stretch(results, reach)
        if reach is None:
            return known, None if memory.tail_ms else 0
        return known, min(now_ms, reach.oldest_ms + MARGIN_MS)

    async def _read_stretch(self, results: ResultLog, reach: Reach) -> int:
        first = max(reach.start, reach.stop - STRETCH_RECORDS)
        known, oldest_ms = 0, reach.oldest_ms

        async def take(found: Found) -> None:
            nonlocal known, oldest_ms
            await self._admission.refill(found.ended)
            known, oldest_ms = known + len(found.ended), min(oldest_ms, found.oldest_ms)

        await results.read(Stretch(reach.partition, first, reach.stop), take)
        reach.stop, reach.oldest_ms = first, oldest_ms
        return known


def _least_far_back(reaches: Iterable[Reach]) -> Reach | None:
    """None when all have been read."""
    return max((reach for reach in reaches if not reach.done), key=lambda reach: reach.oldest_ms, default=None)
