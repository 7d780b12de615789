"""How much may wait for Kafka to take it: results, and dead letters of what was parked.

At the ceiling nothing new is taken in or called, from any inlet; what is under way ends, and waits here too.
"""

import asyncio


class Outbox:
    """In bytes, of a whole process. Full from `most_bytes` down to half of it."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._roomy = asyncio.Event()
        self._roomy.set()
        self.held_bytes = 0

    @property
    def full(self) -> bool:
        return not self._roomy.is_set()

    def add(self, size: int) -> None:
        self.held_bytes += size
        if self.held_bytes >= self._most_bytes:
            self._roomy.clear()

    def remove(self, size: int) -> None:
        """Kafka has it."""
        self.held_bytes -= size
        if self.held_bytes <= self._most_bytes // 2:
            self._roomy.set()

    async def roomy(self) -> None:
        """Returns when it is not full."""
        await self._roomy.wait()
