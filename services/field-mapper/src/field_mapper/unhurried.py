"""Work that takes long, on a loop on which others wait: heartbeats, requests, answers of Postgres."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from typing import Final, TypeVar

TURN_SECONDS: Final = 0.005
T = TypeVar("T")


async def unhurriedly(items: Iterable[T]) -> AsyncIterator[T]:
    """One after another; who waits for the loop gets it after some milliseconds."""
    ends = time.monotonic() + TURN_SECONDS
    for item in items:
        yield item
        if time.monotonic() >= ends:
            await asyncio.sleep(0)
            ends = time.monotonic() + TURN_SECONDS
