"""Batches that begin a little apart."""

import asyncio

from connectors_shared.runtime.gathering import Gathering

FOR_EVER = 3600.0


class Inbox:
    """Items that arrive, and batches of at least `enough` of them, or of what there is when it is closed."""

    def __init__(self, seconds: float, enough: int = 3) -> None:
        self.items: list[int] = []
        self.open = True
        self.arrived = asyncio.Event()
        self.gathering = Gathering(seconds)
        self.enough = enough

    def add(self, *items: int) -> None:
        self.items += items
        self.arrived.set()

    def close(self) -> None:
        self.open = False
        self.arrived.set()

    async def batch(self) -> list[int]:
        await self.gathering.done(self.arrived, lambda: not self.open or len(self.items) >= self.enough)
        taken, self.items = self.items, []
        return taken


async def test_who_comes_alone_is_not_put_off() -> None:
    inbox = Inbox(FOR_EVER)
    inbox.add(1)
    assert await inbox.batch() == [1]


async def test_what_comes_after_it_waits_until_there_is_enough() -> None:
    inbox = Inbox(FOR_EVER)
    inbox.add(1)
    await inbox.batch()
    waiting = asyncio.create_task(inbox.batch())
    for item in (2, 3):
        inbox.add(item)
        await asyncio.sleep(0)
        assert not waiting.done()
    inbox.add(4)
    assert await waiting == [2, 3, 4]


async def test_or_until_its_time_has_come() -> None:
    inbox = Inbox(0.001)
    inbox.add(1)
    await inbox.batch()
    inbox.add(2)
    assert await inbox.batch() == [2]


async def test_where_enough_is_there_nothing_is_waited_for() -> None:
    inbox = Inbox(FOR_EVER)
    inbox.add(1)
    await inbox.batch()
    inbox.add(2, 3, 4)
    assert await inbox.batch() == [2, 3, 4]


async def test_the_end_is_not_waited_for() -> None:
    inbox = Inbox(FOR_EVER)
    inbox.add(1)
    await inbox.batch()
    waiting = asyncio.create_task(inbox.batch())
    inbox.add(2)
    await asyncio.sleep(0)
    inbox.close()
    assert await waiting == [2]
