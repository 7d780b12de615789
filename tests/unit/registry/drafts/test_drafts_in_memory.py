"""The in-memory twin keeps what every store of drafts must."""

from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest

from connector_registry.drafts.memory import InMemoryDraftStore
from tests.unit.registry.drafts.stores_suite import *  # noqa: F403  # the shared tests, collected here
from tests.unit.registry.drafts.stores_suite import Whose


@pytest.fixture
def connector() -> Whose:
    return uuid4(), uuid4()


@pytest.fixture
def store(connector: Whose) -> InMemoryDraftStore:
    async def find(workspace_id: UUID, connector_id: UUID) -> Any:
        return SimpleNamespace() if (workspace_id, connector_id) == connector else None

    connectors: Any = SimpleNamespace(find=find)
    return InMemoryDraftStore(connectors)
