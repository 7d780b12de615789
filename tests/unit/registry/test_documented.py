"""Whatever is asked of the registry, it answers what its OpenAPI document says."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx2
import pytest

from connector_registry.executions.memory import InMemoryExecutions
from connector_registry.history.feed import hub
from tests.documented import as_documented
from tests.unit.registry.conftest import INTERNAL
from tests.unit.registry.executions.executed import a_result


@pytest.mark.timeout(480)
async def test_whatever_is_asked_is_answered_as_documented(
    client: httpx2.AsyncClient,
    a_connector: Callable[..., dict[str, Any]],
    executions: InMemoryExecutions,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hub, "LIFE_SECONDS", 0.1)  # a feed is answered until its end
    made = (await client.post("/api/connectors", json=a_connector())).json()
    executions.answers[UUID(made["id"])] = a_result
    document = (await client.get(f"{INTERNAL}/openapi.json")).json()
    counts = await as_documented(document, client, {"connector_id": made["id"]})
    assert {200, 404, 422} <= set(counts)
