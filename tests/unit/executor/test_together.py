"""Work that is started at once and waited for together."""

import asyncio

import pytest

from connector_executor.lifecycle import together


async def test_all_run_at_once() -> None:
    first, second = asyncio.Event(), asyncio.Event()

    async def meets(mine: asyncio.Event, other: asyncio.Event) -> None:
        mine.set()
        await other.wait()

    async with asyncio.timeout(5):
        await together(meets(first, second), meets(second, first))


async def test_the_first_that_fails_ends_the_others_and_is_raised() -> None:
    ended = asyncio.Event()

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def fails() -> None:
        raise OSError("out of reach")

    with pytest.raises(OSError, match="out of reach"):
        await together(waits(), fails())
    assert ended.is_set()
