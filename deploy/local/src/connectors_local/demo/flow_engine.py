"""A demo flow engine: one execution per contact, followed until the contact has changed."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from uuid import UUID

from connectors_local.demo.exchange import Exchange, Heard
from connectors_shared.contract.execution import ConnectorExecute, ConnectorResult
from connectors_shared.contract.updates import ContactUpdated


@dataclass(slots=True)
class Outcome:
    """What became of one execution; moments are monotonic seconds. Repeated messages change nothing."""

    event: ConnectorExecute
    published_at: float | None = None
    result: ConnectorResult | None = None
    result_at: float = 0.0
    update: ContactUpdated | None = None
    update_at: float = 0.0

    def take(self, message: Heard, now: float) -> None:
        if isinstance(message, ConnectorResult):
            if self.result is None:
                self.result, self.result_at = message, now
        elif self.update is None:
            self.update, self.update_at = message, now

    @property
    def failed(self) -> bool:
        return self.result is not None and not self.result.success

    @property
    def settled(self) -> bool:
        """Nothing more is awaited: the contact was updated where mappings ask for it, or the call failed."""
        updated = self.update is not None or not self.event.field_mappings
        return self.failed or (self.result is not None and updated)


@dataclass(frozen=True, slots=True)
class Latencies:
    """Percentiles by nearest rank, in milliseconds."""

    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Latencies | None":
        """None when nothing was measured."""
        ordered = sorted(seconds)
        if not ordered:
            return None
        ranks = (-(-len(ordered) * percent // 100) - 1 for percent in (50, 95, 99))
        return cls(*(ordered[rank] * 1000 for rank in ranks))


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts so far. `failed` results are among the `answered`."""

    total: int
    published: int = 0
    answered: int = 0
    failed: int = 0
    updated: int = 0


@dataclass(frozen=True, slots=True)
class FlowReport:
    """Outcomes by execution id, and how long all of it took."""

    outcomes: dict[UUID, Outcome]
    duration_seconds: float

    @property
    def progress(self) -> Progress:
        return progress_of(self.outcomes)

    def until_result(self) -> Latencies | None:
        """From publishing an execution to hearing its result."""
        return Latencies.of(
            [o.result_at - o.published_at for o in self.outcomes.values() if o.result and o.published_at is not None]
        )

    def until_updated(self) -> Latencies | None:
        """From publishing an execution to hearing that its contact was updated."""
        return Latencies.of(
            [o.update_at - o.published_at for o in self.outcomes.values() if o.update and o.published_at is not None]
        )


def progress_of(outcomes: dict[UUID, Outcome]) -> Progress:
    found = outcomes.values()
    return Progress(
        total=len(outcomes),
        published=sum(outcome.published_at is not None for outcome in found),
        answered=sum(outcome.result is not None for outcome in found),
        failed=sum(outcome.failed for outcome in found),
        updated=sum(outcome.update is not None for outcome in found),
    )


@dataclass(frozen=True, slots=True)
class FlowEngine:
    """Runs executions over an exchange, each followed `until` its outcome is complete.

    `watch` is told whenever the counts may have changed.
    """

    exchange: Exchange
    watch: Callable[[Progress], None] = field(default=lambda progress: None)
    until: Callable[[Outcome], bool] = attrgetter("settled")
    monotonic: Callable[[], float] = time.monotonic

    async def run(self, events: Sequence[ConnectorExecute], timeout_seconds: float) -> FlowReport:
        """Returns when every execution is settled or the time is over; the report tells which."""
        outcomes = {event.execution_id: Outcome(event) for event in events}
        began = self.monotonic()
        publishing = asyncio.create_task(self._publish(outcomes))
        try:
            await self._follow(outcomes, publishing, began + timeout_seconds)
        finally:
            publishing.cancel()
            await asyncio.gather(publishing, return_exceptions=True)
        return FlowReport(outcomes, self.monotonic() - began)

    async def _publish(self, outcomes: dict[UUID, Outcome]) -> None:
        """All at once; the producer makes batches of them."""
        async with asyncio.TaskGroup() as group:
            for outcome in outcomes.values():
                group.create_task(self._publish_one(outcome))

    async def _publish_one(self, outcome: Outcome) -> None:
        outcome.published_at = self.monotonic()
        await self.exchange.publish(outcome.event)

    async def _follow(self, outcomes: dict[UUID, Outcome], publishing: asyncio.Task[None], deadline: float) -> None:
        while self.monotonic() < deadline and not all(map(self.until, outcomes.values())):
            heard = await self.exchange.hear()
            now = self.monotonic()
            for message in heard:
                if (outcome := outcomes.get(message.execution_id)) is not None:
                    outcome.take(message, now)
            if publishing.done():
                publishing.result()
            self.watch(progress_of(outcomes))
