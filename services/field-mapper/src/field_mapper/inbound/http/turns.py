"""Work that takes long, in turns: one at a time for each workspace, and a few of all."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import ClassVar, Final
from uuid import UUID
from weakref import WeakValueDictionary

from connectors_shared.http.problems import ProblemError
from connectors_shared.runtime.under_way import UnderWay

AT_ONCE: Final = 2
MOST_WAITING: Final = 4
"""Of one workspace, with the one that has its turn."""


class TooManyPreviewsError(ProblemError):
    status = 429
    kind = "too-many-previews"
    title = "Too many previews at once"
    detail = f"A workspace may have {MOST_WAITING} waiting; send it again when one has ended."
    sends: ClassVar[Mapping[str, str]] = {"Retry-After": "Seconds."}


class Turns:
    """Who comes meanwhile waits, in the order in which he came; who is cancelled meanwhile waits no more."""

    def __init__(self) -> None:
        self._of_one: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()
        self._of_all = asyncio.Semaphore(AT_ONCE)
        self._here = UnderWay()

    @asynccontextmanager
    async def of(self, workspace_id: UUID) -> AsyncIterator[None]:
        """Raises TooManyPreviewsError."""
        if self._here.of(workspace_id) >= MOST_WAITING:
            raise TooManyPreviewsError(headers={"Retry-After": "1"})
        turn = self._of_one.setdefault(workspace_id, asyncio.Lock())
        with self._here.one(workspace_id):
            async with turn, self._of_all:
                yield
