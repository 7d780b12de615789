"""Twins of the topic, the sender and the outbox, which let a test stop between any two of their steps."""

import types
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import accumulate, takewhile

from connector_registry.outbox.port import BatchSize, FencedError, OutboxRow, TooLargeError
from connectors_shared.contract.topics import CONFIG

Pause = Callable[[], Awaitable[None]]


@types.coroutine
def step() -> Generator[None, None, None]:
    """Where whoever drives the coroutine by hand has the word."""
    yield


async def at_once() -> None:
    """Where nobody drives."""


@dataclass
class TwinTopic:
    """What is committed, and the newest epoch. `late`: what a producer that was given up has still under way."""

    committed: list[tuple[str, bytes | None]] = field(default_factory=list)
    epoch: int = 0
    late: list[tuple[int, Sequence[OutboxRow]]] = field(default_factory=list)

    def take_over(self) -> int:
        self.epoch += 1
        return self.epoch

    def commit(self, epoch: int, rows: Sequence[OutboxRow]) -> None:
        if epoch != self.epoch:
            raise FencedError
        if any(len(row.value or b"") > CONFIG.record_bytes for row in rows):
            raise TooLargeError(rows)
        self.committed += [(row.key, row.value) for row in rows]

    def deliver_late(self) -> None:
        for epoch, rows in self.late:
            if epoch == self.epoch:
                self.commit(epoch, rows)
        self.late.clear()


class TwinSender:
    """Of one process. Whatever fails in it, it has to take over again."""

    def __init__(self, topic: TwinTopic, pause: Pause = at_once) -> None:
        self._topic = topic
        self._pause = pause
        self._epoch: int | None = None

    async def connect(self) -> None:
        return

    async def take_over(self) -> None:
        self._epoch = None
        await self._pause()
        epoch = self._topic.take_over()
        await self._pause()
        self._epoch = epoch

    async def send(self, rows: Sequence[OutboxRow]) -> None:
        epoch = self._epoch
        if epoch is None:
            raise FencedError
        asked = False
        try:
            await self._pause()
            asked = True
            await self._pause()
            self._topic.commit(epoch, rows)
            asked = False
            await self._pause()
        except BaseException:
            self._epoch = None
            if asked:
                self._topic.late.append((epoch, rows))
            raise


class TwinOutbox:
    """Rows in a list; `take_away` is what Postgres does to a sender that is frozen for too long."""

    def __init__(self) -> None:
        self.rows: list[OutboxRow] = []
        self.aside: list[OutboxRow] = []
        self.holder: object | None = None

    def take_away(self) -> None:
        self.holder = None

    @asynccontextmanager
    async def turn(self) -> AsyncIterator["TwinTurn"]:
        while self.holder is not None:
            await step()
        self.holder = mine = object()
        try:
            yield TwinTurn(self, mine)
        finally:
            if self.holder is mine:
                self.holder = None

    async def waiting(self) -> tuple[int, float]:
        return len(self.rows), 0.0

    async def refused(self, limit: int) -> list[str]:
        return [row.key for row in self.aside][:limit]


def oldest_of(rows: Sequence[OutboxRow], size: BatchSize) -> list[OutboxRow]:
    """As many as fit, and the first one always."""
    totals = accumulate(len(row.value or b"") for row in rows[: size.rows])
    fitting = takewhile(lambda place: place[0] == 0 or place[1] <= size.bytes, enumerate(totals))
    return list(rows[: sum(1 for _ in fitting)])


class TwinTurn:
    """Asks with a step before and after, and answers only while it lasts."""

    def __init__(self, outbox: TwinOutbox, mine: object) -> None:
        self._outbox = outbox
        self._mine = mine

    async def oldest(self, size: BatchSize) -> list[OutboxRow]:
        await step()
        self._require()
        found = oldest_of(self._outbox.rows, size)
        await step()
        return found

    async def forget(self, rows: Sequence[OutboxRow]) -> None:
        await step()
        self._require()
        sent = {row.id for row in rows}
        self._outbox.rows = [row for row in self._outbox.rows if row.id not in sent]
        last = {row.key: row.id for row in rows}
        self._outbox.aside = [row for row in self._outbox.aside if row.id > last.get(row.key, 0)]
        await step()

    async def set_aside(self, row: OutboxRow) -> None:
        await step()
        self._require()
        self._outbox.rows.remove(row)
        self._outbox.aside.append(row)
        await step()

    def _require(self) -> None:
        if self._outbox.holder is not self._mine:
            raise ConnectionError("the session was ended")
