"""The in-memory store keeps the contract of every store."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings

from connector_registry.connectors.memory import InMemoryConnectorStore
from connectors_shared.contract.facts import connector_key
from tests.unit.registry.connectors.store_suite import STEPS, Bench, Model, StoreSuite


class MemoryBench:
    def __init__(self) -> None:
        self.store = InMemoryConnectorStore()

    async def facts(self, connector_id: UUID) -> list[dict[str, Any] | None]:
        key = str(connector_key(connector_id))
        return [json.loads(value or b"null") for name, value in self.store.outgoing.messages if name == key]

    async def former(self, connector_id: UUID) -> dict[int, dict[str, Any] | None]:
        prefix = f"version/{connector_id}/"
        told = [(key, value) for key, value in self.store.outgoing.messages if key.startswith(prefix)]
        return {int(key.removeprefix(prefix)): json.loads(value or b"null") for key, value in told}

    async def versions(self, workspace_id: UUID, connector_id: UUID) -> list[dict[str, Any]]:
        kept = [one for (owner, _), one in sorted(self.store.versions.items()) if owner == connector_id]
        return [one.definition for one in kept if one.workspace_id == workspace_id]

    async def purge(self, before: datetime) -> int:
        return await self.store.outgoing.purge(before, 100)


@pytest.fixture
def bench() -> Bench:
    return MemoryBench()


class TestInMemoryConnectorStore(StoreSuite):
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(STEPS)
    @example(["definition", "delete", "definition", "restore", "definition", "disable", "purge"])
    @example(["nothing", "enable", "secret", "nothing", "delete", "purge", "restore", "delete", "name"])
    async def test_whatever_happens_versions_have_no_gap_and_facts_come_in_order(
        self, bench: Bench, steps: list[str]
    ) -> None:
        await Model(bench).play(steps)
