"""A client of Kafka that nobody needs any more before it has started: aiokafka forgets the connection it is making."""

import asyncio

import pytest

from connectors_shared.runtime import kafka
from connectors_shared.runtime.kafka import whole


class Starting:
    """Stands for a client; its start waits for `ready`."""

    def __init__(self) -> None:
        self.ready = asyncio.Event()
        self.begun = asyncio.Event()
        self.steps: list[str] = []

    async def start(self) -> None:
        self.begun.set()
        try:
            await self.ready.wait()
        except asyncio.CancelledError:
            self.steps.append("cut off")
            raise
        self.steps.append("started")

    async def use(self) -> None:
        try:
            await whole(self.start)
        finally:
            self.steps.append("stopped")


async def left(client: Starting) -> asyncio.Task[None]:
    using = asyncio.create_task(client.use())
    await client.begun.wait()
    using.cancel()
    await asyncio.sleep(0)
    return using


async def test_a_start_that_is_left_ends_before_the_stop() -> None:
    client = Starting()
    using = await left(client)
    client.ready.set()
    await asyncio.gather(using, return_exceptions=True)
    assert using.cancelled()
    assert client.steps == ["started", "stopped"]


async def test_a_start_that_does_not_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka, "START_SECONDS", 0.0)
    client = Starting()
    using = await left(client)
    await asyncio.gather(using, return_exceptions=True)
    assert using.cancelled()
    assert client.steps == ["cut off", "stopped"]


async def test_who_is_cancelled_again_waits_no_longer() -> None:
    client = Starting()
    using = await left(client)
    using.cancel()
    await asyncio.gather(using, return_exceptions=True)
    assert client.steps == ["cut off", "stopped"]


async def test_an_error_of_the_start_is_raised() -> None:
    async def fails() -> None:
        raise OSError("away")

    with pytest.raises(OSError, match="away"):
        await whole(fails)
