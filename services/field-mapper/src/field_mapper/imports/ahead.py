"""The next part of a file is tried while Postgres writes the last one: each has a core to itself.

It is tried on contacts as they are before the last one is committed, so what comes of it is saved only where the
transaction that is to save it finds all that it was tried on as it was; otherwise the part is tried anew there. Nothing
is written ahead, so nothing is lost with it.
"""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from uuid import UUID

from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.supervision import cancel
from field_mapper.coercion import UserFieldCoercion
from field_mapper.imports.applying import Tried, try_rows
from field_mapper.imports.port import Import, ImportStore
from field_mapper.imports.rows import Importing
from field_mapper.model import ContactKey
from field_mapper.outbound.faults import described
from field_mapper.stages import serialized

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Ahead:
    """A part that was tried, and by what."""

    part: int
    coerce: UserFieldCoercion
    tried: Tried

    def is_of(self, found: Import, coerce: UserFieldCoercion) -> bool:
        """Whether it is what the import does next."""
        return (self.part, self.coerce, self.tried.importing) == (found.next_part, coerce, importing_of(found))


class LookingAhead:
    """One part at a time; ends with the block."""

    def __init__(self, store: ImportStore, coercion_of: Callable[[UUID], UserFieldCoercion], clock: Clock) -> None:
        self._store = store
        self._coercion_of = coercion_of
        self._clock = clock
        self._found: Ahead | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._task is not None:
            await cancel([self._task])

    def begin(self, found: Import) -> None:
        """With the part after the one that is next."""
        if found.next_part + 1 < found.parts:
            self._task = asyncio.create_task(self._look(found, found.next_part + 1))

    async def taken(self) -> Ahead | None:
        """What was begun, when it is done; None where nothing was, or nothing came of it."""
        task, self._task = self._task, None
        if task is None:
            return None
        try:
            await task
        except asyncio.CancelledError:
            await cancel([task])
            raise
        found, self._found = self._found, None
        return found

    async def _look(self, found: Import, part: int) -> None:
        try:
            self._found = await self._tried(found, part)
        except Exception as error:
            # Whatever it is, the transaction that is to write the part meets it, or it has passed by then.
            log.warning("contact_import.not_ahead", **described(error))

    async def _tried(self, found: Import, part: int) -> Ahead:
        coerce, importing = self._coercion_of(found.workspace_id), importing_of(found)
        async with self._store.look(found.workspace_id, found.id) as look:
            rows = await look.rows(part)

            async def attempt(keys: Collection[ContactKey]) -> Tried:
                return await try_rows(look.session, rows, importing, coerce, self._clock.now(), keys)

            return Ahead(part, coerce, await serialized(attempt))


def importing_of(found: Import) -> Importing:
    """Of one that runs."""
    assert found.plan is not None
    return Importing(found.workspace_id, found.id, found.planned_by or "", len(found.header), found.plan)
