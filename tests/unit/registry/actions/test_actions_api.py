"""`/api/actions`: built-in actions and connectors in one list."""

from collections.abc import Callable
from datetime import date
from typing import Any

import httpx2
import pytest

from connector_registry.actions.memory import Day, InMemoryActions
from connectors_shared.contract.actions import BUILT_IN_ACTIONS
from tests.unit.registry.actions.actions_suite import an_action
from tests.unit.registry.conftest import WORKSPACE

BUILT_IN = [action.id for action in BUILT_IN_ACTIONS]


async def listed(client: httpx2.AsyncClient, **params: Any) -> list[dict[str, Any]]:
    answer = await client.get("/api/actions", params=params)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["actions"]
    return found


async def test_built_in_actions_come_first_and_then_connectors(
    client: httpx2.AsyncClient, actions: InMemoryActions
) -> None:
    connector = an_action(1)
    actions.connectors[WORKSPACE] = [connector]
    found = await listed(client)
    assert [action["id"] for action in found] == [*BUILT_IN, str(connector.id)]
    assert {action["category"] for action in found} == {"basic", "advanced", "integrations"}
    last = found[-1]
    assert (last["kind"], last["connector_category"], last["version"]) == ("connector", "enrichment", 1)
    assert (last["input_schema"], last["output_schema"]) == (connector.input_schema, connector.output_schema)
    assert (last["enabled"], last["why_not"], last["success_rate"], last["p50_ms"]) == (True, None, None, None)


async def test_how_a_connector_has_done_is_told(client: httpx2.AsyncClient, actions: InMemoryActions) -> None:
    connector = an_action(1)
    actions.connectors[WORKSPACE] = [connector]
    actions.days[WORKSPACE] = [Day(connector.id, date(2026, 1, 1), 11, 9, 1, {7: 10})]
    last = (await listed(client))[-1]
    assert (last["executions"], last["success_rate"]) == (10, 0.9)
    assert 7 <= last["p50_ms"] <= 8


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"enabled": False, "credential_status": "stale"}, "disabled"),
        ({"credential_status": "stale"}, "credential_stale"),
        ({"credential_status": "ok", "token_state": "stale"}, "credential_stale"),
        ({"credential_status": "ok", "token_state": "pending"}, "no_token_yet"),
        ({"published": False}, "not_published"),
        ({"credential_status": "ok", "token_state": "ok"}, None),
    ],
)
async def test_why_one_cannot_be_used_is_told(
    client: httpx2.AsyncClient, actions: InMemoryActions, fields: dict[str, Any], reason: str | None
) -> None:
    actions.connectors[WORKSPACE] = [an_action(1, **fields)]
    last = (await listed(client))[-1]
    assert last["enabled"] is (reason is None)
    assert (last["why_not"] or {}).get("reason") == reason


async def test_one_cursor_leads_through_all_of_them(client: httpx2.AsyncClient, actions: InMemoryActions) -> None:
    actions.connectors[WORKSPACE] = [an_action(number) for number in range(3)]
    everything = [action["id"] for action in await listed(client)]
    found: list[str] = []
    cursor = None
    while len(found) < len(everything):
        page = (await client.get("/api/actions", params={"limit": 1} | ({"cursor": cursor} if cursor else {}))).json()
        found += [action["id"] for action in page["actions"]]
        cursor = page["next_cursor"]
    assert (found, cursor) == (everything, None)


async def test_they_are_searched_and_narrowed_to_a_group(client: httpx2.AsyncClient, actions: InMemoryActions) -> None:
    connector = an_action(1)
    actions.connectors[WORKSPACE] = [connector]
    assert [action["id"] for action in await listed(client, category="advanced")] == ["if"]
    assert [action["id"] for action in await listed(client, category="integrations")] == [str(connector.id)]
    assert [action["id"] for action in await listed(client, q="LOOK")] == [str(connector.id)]
    assert [action["id"] for action in await listed(client, q="wait")] == ["wait"]


async def test_an_unchanged_list_is_not_sent_again(client: httpx2.AsyncClient, actions: InMemoryActions) -> None:
    tag = (await client.get("/api/actions")).headers["etag"]
    for told in (tag, f'"other", W/{tag}', "*"):
        again = await client.get("/api/actions", headers={"If-None-Match": told})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    actions.connectors[WORKSPACE] = [an_action(1)]
    changed = await client.get("/api/actions", headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag


@pytest.mark.parametrize(
    "params",
    [{"limit": 0}, {"cursor": "x"}, {"category": "basics"}, {"q": "\x00"}],
    ids=lambda params: next(iter(params)),
)
async def test_wrong_questions_are_refused(client: httpx2.AsyncClient, params: dict[str, Any]) -> None:
    answer = await client.get("/api/actions", params=params)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/{next(iter(params))}")


async def test_who_may_not_read_connectors_sees_none(
    client: httpx2.AsyncClient, sign_in: Callable[..., dict[str, str]]
) -> None:
    answer = await client.get("/api/actions", headers=sign_in(scopes=["connectors:execute"]))
    assert answer.status_code == 403
