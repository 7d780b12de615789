"""Work that takes long, in turns: one at a time for each workspace, and a few of all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID
from weakref import WeakValueDictionary

AT_ONCE: Final = 2


class Turns:
    """Who comes meanwhile waits, in the order in which he came."""

    def __init__(self) -> None:
        self._of_one: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()
        self._of_all = asyncio.Semaphore(AT_ONCE)

    @asynccontextmanager
    async def of(self, workspace_id: UUID) -> AsyncIterator[None]:
        turn = self._of_one.setdefault(workspace_id, asyncio.Lock())
        async with turn, self._of_all:
            yield
