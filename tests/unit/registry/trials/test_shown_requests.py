"""`POST /api/connectors/request-preview`: what would be sent, of a draft."""

from collections.abc import Callable
from typing import Any

import httpx2

from connector_registry.connectors.memory import InMemoryConnectorStore
from connector_registry.executions.port import Fault
from connector_registry.trials.memory import InMemoryTrials

Build = Callable[..., dict[str, Any]]


async def ask(client: httpx2.AsyncClient, connector: dict[str, Any], **more: Any) -> httpx2.Response:
    return await client.post("/api/connectors/request-preview", json={"connector": connector, **more})


async def test_a_draft_is_shown_with_its_values_and_nothing_is_called_or_saved(
    client: httpx2.AsyncClient, a_connector: Build, store: InMemoryConnectorStore, trials: InMemoryTrials
) -> None:
    asked = {"inputs": {"phone": "626"}, "context": {"contactId": "c1"}}
    answer = await ask(client, a_connector(name="Lookup"), **asked)
    assert answer.status_code == 200, answer.text
    assert answer.json()["missing"] == ["input.phone"]
    [order] = trials.shown
    assert (order.connector.name, order.inputs, order.context.contact_id) == ("Lookup", {"phone": "626"}, "c1")
    assert (trials.orders, store.connectors) == ([], {})


async def test_what_could_not_be_saved_is_refused_at_its_place(
    client: httpx2.AsyncClient, a_connector: Build, trials: InMemoryTrials
) -> None:
    answer = await ask(client, a_connector(config={"url": "ftp://x"}))
    assert answer.status_code == 422
    assert "/connector/config/url" in {error["pointer"] for error in answer.json()["errors"]}
    assert trials.shown == []


async def test_an_executor_that_is_away_is_said(
    client: httpx2.AsyncClient, a_connector: Build, trials: InMemoryTrials
) -> None:
    trials.report = Fault.UNREACHABLE
    assert (await ask(client, a_connector())).status_code == 502


async def test_who_may_not_edit_sees_none(
    client: httpx2.AsyncClient, a_connector: Build, sign_in: Callable[..., dict[str, str]]
) -> None:
    client.headers |= sign_in(scopes=["connectors:read", "connectors:execute"])
    assert (await ask(client, a_connector())).status_code == 403
