"""Places for token requests: a workspace whose provider gives no answer does not have them all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID
from weakref import WeakValueDictionary


class Places:
    """`total` at once, of which half are the most that one workspace has. First come, first served within it."""

    def __init__(self, total: int) -> None:
        self._all = asyncio.Semaphore(total)
        self._share = max(1, total // 2)
        self._of_workspaces: WeakValueDictionary[UUID, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, workspace_id: UUID) -> AsyncIterator[None]:
        """Waits for one."""
        share = self._of_workspaces.get(workspace_id)
        if share is None:
            share = self._of_workspaces[workspace_id] = asyncio.Semaphore(self._share)
        async with share, self._all:
            yield
