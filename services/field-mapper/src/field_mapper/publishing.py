"""Publishing updates: of each contact in the order of the writes, in portions that end in their time."""

import asyncio
from collections.abc import Collection, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Final, Protocol

from field_mapper.model import AppliedKey, ContactRef
from field_mapper.stages import Announcement

PUBLISH_SECONDS: Final = 120
"""How long a portion may take, what it waits for another publisher included."""


@dataclass(frozen=True, slots=True)
class Portion:
    """How much is published in one go: at most so many updates, and bytes unless one alone takes more."""

    updates: int
    bytes: int

    def half(self) -> "Portion":
        return Portion(max(1, self.updates // 2), max(1, self.bytes // 2))

    def twice(self) -> "Portion":
        return Portion(min(WHOLE.updates, self.updates * 2), min(WHOLE.bytes, self.bytes * 2))


WHOLE: Final = Portion(updates=1000, bytes=4 * 1024 * 1024)


@dataclass(slots=True)
class Due:
    """What is to be published now, in the order of the writes, with its bodies. `more`: there is some after it.

    `lost` are those whose bodies are not there any more.
    """

    updates: list[Announcement] = field(default_factory=list)
    lost: list[AppliedKey] = field(default_factory=list)
    more: bool = False


class Unpublished(Protocol):
    """Where updates wait to be published."""

    def unpublished(
        self, subjects: Collection[ContactRef], known: Mapping[AppliedKey, Announcement], portion: Portion
    ) -> AbstractAsyncContextManager[Due]:
        """Updates of these contacts, the first ones of each; bodies are taken from those that are `known`.

        Nobody else publishes any of them meanwhile. At the end they are published, unless something is raised.
        """


class Send(Protocol):
    """Sends all of them; raises when some are to be sent again."""

    async def __call__(self, due: Due) -> None: ...


class UpdatesInPortions:
    """What is repeated after a portion took too long is half as much: on a slow line it gets through all the same."""

    def __init__(self, contacts: Unpublished) -> None:
        self._contacts = contacts
        self._portion = WHOLE

    async def publish(self, known: Mapping[AppliedKey, Announcement], send: Send) -> None:
        """All that is unpublished of their contacts, also what a mapper that is gone has left."""
        subjects = {update.subject for update in known.values()}
        while subjects and await self._publish_some(subjects, known, send):
            pass

    async def _publish_some(
        self, subjects: Collection[ContactRef], known: Mapping[AppliedKey, Announcement], send: Send
    ) -> bool:
        """Whether there is more."""
        limit = asyncio.timeout(PUBLISH_SECONDS)
        try:
            async with limit, self._contacts.unpublished(subjects, known, self._portion) as due:
                await send(due)
        except Exception:
            if limit.expired():
                self._portion = self._portion.half()
            raise
        self._portion = self._portion.twice()
        return due.more
