"""At the start every backlog is looked at: connectors may have changed while nobody was there to see it."""

import asyncio
import math
from typing import Final
from uuid import UUID

from connector_executor.parking.port import ParkingStore

AT_ONCE: Final = 100
EACH_SECONDS: Final = 1.0


class FirstLook:
    """Some at a time, by connector: no statement and no lock is of all of them, and the APIs see no burst."""

    def __init__(self, store: ParkingStore) -> None:
        self._store = store
        self._after: UUID | None = None
        self._next_at = -math.inf

    async def go_on(self) -> None:
        """Wake the next ones if it is time; a store that fails is asked for the same ones again."""
        now = asyncio.get_running_loop().time()
        if now >= self._next_at:
            self._after = await self._store.wake_next(self._after, AT_ONCE)
            self._next_at = math.inf if self._after is None else now + EACH_SECONDS
