"""A consumer that nobody needs any more before it has started."""

import asyncio
from typing import Any

from connectors_client.inbox import opened


class Starting:
    """Stands for a consumer; its start waits for `ready`."""

    def __init__(self) -> None:
        self.ready = asyncio.Event()
        self.steps: list[str] = []

    async def start(self) -> None:
        self.steps.append("starting")
        await self.ready.wait()
        self.steps.append("started")

    async def stop(self) -> None:
        self.steps.append("stopped")


async def test_a_start_that_is_left_ends_before_the_stop() -> None:
    """aiokafka forgets the connection that it is making when its start is cancelled."""
    consumer: Any = Starting()

    async def use() -> None:
        async with opened(consumer):
            raise AssertionError("it was cancelled before")

    using = asyncio.create_task(use())
    while not consumer.steps:
        await asyncio.sleep(0)
    using.cancel()
    await asyncio.sleep(0)
    consumer.ready.set()
    await asyncio.gather(using, return_exceptions=True)
    assert using.cancelled()
    assert consumer.steps == ["starting", "started", "stopped"]
