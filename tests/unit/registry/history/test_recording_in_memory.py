"""The twin keeps what every store of the history must."""

from datetime import datetime
from uuid import UUID

import msgspec
import pytest

from connector_registry.history.durations import counted
from connector_registry.history.recording.memory import InMemoryHistory
from connector_registry.history.recording.tally import Slot, User
from tests.unit.registry.history.recording_suite import *  # noqa: F403  # the shared tests, collected here
from tests.unit.registry.history.recording_suite import Counts


class SeenInMemory:
    def __init__(self, history: InMemoryHistory) -> None:
        self._history = history

    async def ids(self) -> set[tuple[UUID, UUID]]:
        return set(self._history.lines)

    async def counts(self, slot: Slot) -> Counts | None:
        if (tally := self._history.rollups.get(slot)) is None:
            return None
        *counts, errors, _ = tally.columns()
        return Counts(*counts, msgspec.json.decode(str(errors)), counted(tally.durations))  # type: ignore[arg-type]

    async def users(self) -> dict[User, tuple[datetime, datetime]]:
        return self._history.users

    async def mappings(self) -> int:
        return len(self._history.mappings)


@pytest.fixture
def history() -> InMemoryHistory:
    return InMemoryHistory()


@pytest.fixture
def seen(history: InMemoryHistory) -> SeenInMemory:
    return SeenInMemory(history)
