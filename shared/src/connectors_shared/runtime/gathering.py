"""Batches that begin a little apart, so that what arrives in between comes together."""

import asyncio
from collections.abc import Callable
from contextlib import suppress


class Gathering:
    """From the beginning of a batch to that of the next it takes `seconds`, unless enough waits sooner.

    Who comes alone is not put off. Where few come at a time, a batch costs more by itself, its transaction and its
    commits, than by its records.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._due = 0.0

    async def done(self, arrived: asyncio.Event, enough: Callable[[], bool]) -> None:
        """The next one may begin. `arrived` is set whenever `enough` may say something else, and is cleared here."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._due:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._due):
                    while not enough():
                        arrived.clear()
                        await arrived.wait()
        self._due = loop.time() + self._seconds
