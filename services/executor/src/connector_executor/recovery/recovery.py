"""Fills the store's memory again from the log of results, before writes are admitted.

Newest first, in stretches of the partition that is least far back, so that a budget of seconds covers the same time
in all of them. Parts of the store that are lost at the same time are refilled by one reading.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from connector_executor.admission.parts import by_part
from connector_executor.admission.port import Ended, Memory, PartedAdmission, StoreEmptiedError
from connector_executor.metrics import ExecutorMetrics
from connector_executor.recovery.results import Found, OpenResults, ResultLog, ResultsAwayError, Stretch
from connector_executor.scheduling.claims import Claims, Part
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.supervision import cancel, to_their_ends

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


class Refill:
    """Parts of the store that one reading of the log refills. One that somebody else has taken over is dropped, and one
    that was lost again meanwhile: what was told it before is lost, too.
    """

    def __init__(self, parts: Mapping[Part, Memory]) -> None:
        self.parts = dict(parts)
        self._generations = {part: part.admission.generation for part in parts}

    @property
    def tail_ms(self) -> int:
        return min((memory.tail_ms for memory in self.parts.values()), default=0)

    def is_of(self, part: Part) -> bool:
        """It is the memory that the reading was begun for."""
        return part in self.parts and part.admission.generation == self._generations[part]

    def drop(self, part: Part, why: str) -> None:
        if self.parts.pop(part, None) is not None:
            log.warning(f"recovery.{why}", part=part.number)


class Recovery:
    """`watch` is called over and over. Reads for at most `budget_seconds`, back to `window_seconds` ago."""

    def __init__(
        self,
        admission: PartedAdmission,
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
        self._refills: dict[Refill, asyncio.Task[None]] = {}

    async def watch(self) -> None:
        """Notice what became of the store's memory, and refill it where that is this replica's task.

        Each look keeps the task of refilling, however long a part of the log takes. A refill ends when others have
        taken over all of it; what is lost meanwhile is refilled beside it.
        """
        try:
            await self._look()
            while self._refills:
                await asyncio.wait(self._refills.values(), timeout=RENEWED_SECONDS)
                self._collect()
                if self._refills:
                    await self._look()
        finally:
            refills, self._refills = self._refills, {}
            await cancel(refills.values())

    async def _look(self) -> None:
        """At all parts at once."""
        found = await asyncio.gather(*(self._claims.look(part) for part in self._claims.parts))
        self._metrics.recovering.set(any(memory is not None and not memory.ready for memory in found))
        for begun in self._refills:
            for part in [part for part in begun.parts if not begun.is_of(part)]:
                begun.drop(part, "restarted")
        refilling = {part: begun for begun in self._refills for part in begun.parts}
        ours: dict[Part, Memory] = {}
        for part, memory in zip(self._claims.parts, found, strict=True):
            self._metrics.part_ready.labels(str(part.number)).set(memory is not None and memory.ready)
            refill = refilling.get(part)
            if memory is None or memory.ready:
                continue
            if refill is None and memory.refills:
                ours[part] = memory
            elif refill is not None and not memory.refills:
                refill.drop(part, "taken_over")
        if ours:
            begins = Refill(ours)
            self._refills[begins] = asyncio.create_task(self._refill(begins))
        for begun, task in self._refills.items():
            if not begun.parts:
                task.cancel()

    def _collect(self) -> None:
        for refill, task in list(self._refills.items()):
            if not task.done():
                continue
            del self._refills[refill]
            try:
                task.result()
            except asyncio.CancelledError:
                continue
            except StoreEmptiedError:
                log.warning("recovery.restarted")
            except (ConnectionError, ResultsAwayError) as error:
                log.warning("recovery.waiting", why=str(error))

    async def _refill(self, refill: Refill) -> None:
        began = self._clock.monotonic()
        async with self._open_results() as results:
            if refill.tail_ms == 0 and await results.is_new():
                await to_their_ends(
                    part.admission.refilled(0, lost=False) for part in refill.parts if refill.is_of(part)
                )
                return
            known, since_ms = await self._read(results, refill)
        settles: list[float] = []

        async def settling(part: Part) -> None:
            settles.append((await part.admission.look()).settles_seconds)

        await to_their_ends(settling(part) for part in refill.parts)
        await asyncio.sleep(max(settles, default=0.0))

        async def tell(part: Part) -> None:
            if refill.is_of(part) and await part.admission.refilled(since_ms[part], lost=True):
                seconds = round(self._clock.monotonic() - began, 1)
                log.warning("store.refilled", part=part.number, results=known, seconds=seconds, since_ms=since_ms[part])

        await to_their_ends(tell(part) for part in refill.parts)

    async def _read(self, results: ResultLog, refill: Refill) -> tuple[int, dict[Part, int | None]]:
        """How many were told, and for each part from when on everything is known: None when that is as it was."""
        now_ms = round(self._clock.now().timestamp() * 1000)
        from_ms = max(refill.tail_ms, now_ms - round(self._window_seconds * 1000))
        reaches = [Reach(s.partition, s.start, s.stop, now_ms) for s in await results.stretches(from_ms)]
        ends = self._clock.monotonic() + self._budget_seconds
        known = 0
        while (reach := _least_far_back(reaches)) and self._clock.monotonic() < ends:
            known += await self._read_stretch(results, reach, refill)
        return known, {part: _since(memory, reach, now_ms) for part, memory in refill.parts.items()}

    async def _read_stretch(self, results: ResultLog, reach: Reach, refill: Refill) -> int:
        first = max(reach.start, reach.stop - STRETCH_RECORDS)
        known, oldest_ms = 0, reach.oldest_ms

        async def take(found: Found) -> None:
            nonlocal known, oldest_ms
            known, oldest_ms = known + await self._tell(found.ended, refill), min(oldest_ms, found.oldest_ms)

        await results.read(Stretch(reach.partition, first, reach.stop), take)
        reach.stop, reach.oldest_ms = first, oldest_ms
        return known

    async def _tell(self, ended: Sequence[Ended], refill: Refill) -> int:
        """How many of them are in the parts that are refilled."""
        chosen = by_part(self._admission, ended, lambda one: one.workspace_id)
        concerned = [(self._claims.parts[number], some) for number, some in chosen]
        concerned = [(part, some) for part, some in concerned if refill.is_of(part)]
        await to_their_ends(part.admission.refill(some) for part, some in concerned)
        return sum(len(some) for _, some in concerned)


def _since(memory: Memory, reach: Reach | None, now_ms: int) -> int | None:
    """`reach`: the one that is least far back of those that have not been read to their end."""
    if reach is None or (memory.tail_ms and reach.oldest_ms <= memory.tail_ms):
        return None if memory.tail_ms else 0
    return min(now_ms, reach.oldest_ms + MARGIN_MS)


def _least_far_back(reaches: Iterable[Reach]) -> Reach | None:
    """None when all have been read."""
    return max((reach for reach in reaches if not reach.done), key=lambda reach: reach.oldest_ms, default=None)
