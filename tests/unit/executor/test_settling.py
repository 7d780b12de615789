"""What has ended is told to the store once, whoever tells, and is kept while the store is away."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from connector_executor.admission.port import Ended
from connector_executor.recovery.settling import SETTLE_AT_ONCE, Settling


class SlowStore:
    """Answers when it is let; `told` is what it has taken."""

    def __init__(self) -> None:
        self.answers = asyncio.Event()
        self.away = False
        self.told: list[Ended] = []

    async def settle(self, ended: Sequence[Ended]) -> None:
        await self.answers.wait()
        if self.away:
            raise ConnectionError("away")
        self.told += ended


def ended(number: int) -> Ended:
    return Ended("w", str(number), None)


async def test_two_who_tell_at_once_drop_nothing() -> None:
    store: Any = SlowStore()
    settling = Settling(store)
    settling.untold = [ended(number) for number in range(SETTLE_AT_ONCE + 3)]
    telling = [asyncio.create_task(settling.tell()) for _ in range(2)]
    store.answers.set()
    await asyncio.gather(*telling)
    assert store.told == [ended(number) for number in range(SETTLE_AT_ONCE + 3)]
    assert settling.untold == []


async def test_what_the_store_did_not_take_is_told_the_next_time() -> None:
    store: Any = SlowStore()
    settling = Settling(store)
    settling.untold = [ended(1)]
    store.answers.set()
    store.away = True
    with pytest.raises(ConnectionError):
        await settling.tell()
    store.away = False
    await settling.tell()
    assert store.told == [ended(1)]
