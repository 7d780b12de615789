"""A draft is judged as if it were saved, and nothing of it is."""

from collections.abc import Callable
from typing import Any

import httpx2

from connector_registry.connectors.memory import InMemoryConnectorStore

Build = Callable[..., dict[str, Any]]


async def check(client: httpx2.AsyncClient, connector: dict[str, Any], **more: Any) -> httpx2.Response:
    return await client.post("/api/connectors/check", json={"connector": connector, **more})


async def test_a_draft_that_could_be_saved_is_not_saved(
    client: httpx2.AsyncClient, a_connector: Build, store: InMemoryConnectorStore
) -> None:
    assert (await check(client, a_connector())).status_code == 204
    assert store.connectors == {}


async def test_all_that_is_wrong_is_named_by_its_place(client: httpx2.AsyncClient, a_connector: Build) -> None:
    answer = await check(client, a_connector(name="", config={"url": "ftp://x", "timeout": 1}))
    told = {error["pointer"]: error["detail"] for error in answer.json()["errors"]}
    assert {"/connector/name", "/connector/config/url", "/connector/config/timeout"} <= told.keys()
    assert told["/connector/name"] == "must not be empty"


async def test_a_change_may_keep_a_secret_by_its_mask(client: httpx2.AsyncClient, a_connector: Build) -> None:
    made = (await client.post("/api/connectors", json=a_connector())).json()
    stored = (await client.get(f"/api/connectors/{made['id']}")).json()
    change = {"config": stored["config"]}
    assert (await check(client, change, connectorId=made["id"])).status_code == 204
    assert (await check(client, change)).status_code == 422


async def test_who_may_not_edit_may_not_check(
    client: httpx2.AsyncClient, a_connector: Build, sign_in: Callable[..., dict[str, str]]
) -> None:
    client.headers |= sign_in(scopes=["connectors:read"])
    assert (await check(client, a_connector())).status_code == 403
