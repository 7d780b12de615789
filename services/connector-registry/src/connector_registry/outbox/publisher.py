"""Empties the outbox: at start, after each change, and every few seconds for what a dead replica left."""

import asyncio
from datetime import UTC, datetime
from typing import Final

from connector_registry.metrics import Metrics
from connector_registry.outbox.port import BatchSize, FencedError, Outbox, OutboxRow, Sender, TooLargeError
from connector_registry.outbox.turns import send_oldest
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.loops import PollLoop
from connectors_shared.runtime.persist import is_outage
from connectors_shared.runtime.postgres_faults import DatabaseUnavailableError

LARGEST_BATCH: Final = BatchSize(rows=100, bytes=4 * 1024 * 1024)
"""A transaction is aborted by the brokers after a while, so what goes with it must get through a slow connection."""
IDLE_SECONDS: Final = 2.0
MOST_COUNTED: Final = 1000
"""Of the rows that are set aside."""


class Publisher:
    """Run `run` as a task for as long as the service lives."""

    def __init__(self, outbox: Outbox, sender: Sender, metrics: Metrics, clock: Clock, wait_seconds: float) -> None:
        self._outbox = outbox
        self._sender = sender
        self._metrics = metrics
        self._clock = clock
        self._wait_seconds = wait_seconds
        self._loop = PollLoop("outbox.publish", self._pass, waits_for=_may_succeed_later)
        self._waiting: list[asyncio.Future[None]] = []
        self._size = LARGEST_BATCH
        self.fault: str | None = None
        """Why Kafka did not take it the last time; None after a good one, and where Postgres did not answer."""

    async def published(self) -> bool:
        """Whether all that is committed now is acknowledged, after at most `wait_seconds`.

        A pass that began after the commit and came to its end has sent it, or found that another replica had.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(done)
        self._loop.wake()
        try:
            async with asyncio.timeout(self._wait_seconds):
                await done
        except TimeoutError:
            return False
        return True

    async def run(self) -> None:
        """For ever. Cancel to stop."""
        await self._loop.run()

    async def _pass(self) -> float:
        served, self._waiting = self._waiting, []
        try:
            await self._send_all()
        except Exception as error:
            self._waiting = [waiter for waiter in served if not waiter.done()] + self._waiting
            is_kafka = not isinstance(error, DatabaseUnavailableError)
            self.fault = f"{type(error).__name__}: {error}" if is_kafka else None
            self._metrics.publish_failures.inc()
            await self._measure()
            raise
        self.fault = None
        await self._measure()
        _resolve(served)
        return IDLE_SECONDS

    async def _send_all(self) -> None:
        await self._sender.connect()
        while sent := await self._send_some():
            self._count(sent)

    async def _send_some(self) -> list[OutboxRow]:
        """The oldest rows; half as many after each failure, until some get through, and one after another where one
        of them is too large."""
        try:
            sent = await send_oldest(self._outbox, self._sender, self._size)
        except TooLargeError:
            self._size = BatchSize(1, LARGEST_BATCH.bytes)
            raise
        except Exception:
            self._size = self._size.halved()
            raise
        self._size = self._size.doubled(LARGEST_BATCH)
        return sent

    def _count(self, sent: list[OutboxRow]) -> None:
        now = self._clock.now()
        for row in sent:
            self._metrics.published.inc()
            self._metrics.publish_seconds.observe(max(0.0, _age_seconds(row, now)))

    async def _measure(self) -> None:
        try:
            rows, age_seconds = await self._outbox.waiting()
            self._metrics.outbox_rows.set(rows)
            self._metrics.outbox_age_seconds.set(age_seconds)
            self._metrics.outbox_set_aside.set(len(await self._outbox.refused(MOST_COUNTED)))
        except Exception as error:
            if not is_outage(error):
                raise
            # Postgres does not answer: the next pass says so.


def _may_succeed_later(error: Exception) -> bool:
    """Fenced: this replica takes over again. Too large for a batch: the rows go one after another."""
    return is_outage(error) or isinstance(error, FencedError | TooLargeError)


def _age_seconds(row: OutboxRow, now: datetime) -> float:
    return (now - row.created_at.astimezone(UTC)).total_seconds()


def _resolve(waiters: list[asyncio.Future[None]]) -> None:
    for waiter in waiters:
        if not waiter.done():
            waiter.set_result(None)
