"""What has ended is told to the store once, whoever tells, and is kept while the store is away."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest

from connector_executor.admission.port import Ended, Whole
from connector_executor.metrics import ExecutorMetrics
from connector_executor.recovery.settling import SETTLE_AT_ONCE, Settling
from connector_executor.scheduling.line import Line
from tests.unit.executor.executions import an_execution


class SlowStore(Whole):
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
    settling = Settling(store, Line(ExecutorMetrics()))
    for number in range(SETTLE_AT_ONCE + 3):
        settling.note(ended(number))
    telling = [asyncio.create_task(settling.tell()) for _ in range(2)]
    store.answers.set()
    await asyncio.gather(*telling)
    assert store.told == [ended(number) for number in range(SETTLE_AT_ONCE + 3)]
    assert settling.untold == []


async def test_what_the_store_did_not_take_is_told_the_next_time() -> None:
    store: Any = SlowStore()
    settling = Settling(store, Line(ExecutorMetrics()))
    settling.note(ended(1))
    store.answers.set()
    store.away = True
    with pytest.raises(ConnectionError):
        await settling.tell()
    store.away = False
    await settling.tell()
    assert store.told == [ended(1)]


async def test_a_repeat_waits_in_the_line_until_the_store_knows_of_the_end() -> None:
    store: Any = SlowStore()
    store.answers.set()
    line = Line(ExecutorMetrics())
    settling = Settling(store, line)
    execution_id = uuid4()
    first, repeat = an_execution(execution_id), an_execution(execution_id)
    line.submit(first)
    line.queues.take(1)
    line.queues.release(first.connector_id)
    settling.ended(first, None)
    line.finished(first, b"")
    line.submit(repeat)
    assert line.queues.take(1) == []
    await settling.tell()
    assert line.queues.take(1) == [repeat]
