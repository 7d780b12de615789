"""The twin answers as every store of actions does."""

from uuid import UUID

import pytest

from connector_registry.actions.memory import Day, InMemoryActions
from connector_registry.actions.port import ConnectorAction
from tests.unit.registry.actions.actions_suite import *  # noqa: F403  # the shared tests, collected here


class InMemorySeed:
    def __init__(self, actions: InMemoryActions) -> None:
        self._actions = actions

    async def connector(self, workspace_id: UUID, action: ConnectorAction) -> None:
        self._actions.connectors.setdefault(workspace_id, []).append(action)

    async def day(self, workspace_id: UUID, day: Day) -> None:
        self._actions.days.setdefault(workspace_id, []).append(day)


@pytest.fixture
def seed(actions: InMemoryActions) -> InMemorySeed:
    return InMemorySeed(actions)
