"""`/api/connector-drafts`: what somebody is making, for them alone, bounded, and without what is secret."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from connector_registry.drafts.memory import InMemoryDraftStore
from connector_registry.drafts.redaction import without_secrets

Build = Callable[..., dict[str, Any]]
SignIn = Callable[..., dict[str, str]]
DRAFTS = "/api/connector-drafts"
CANARY = "canary-secret-of-a-draft-1"
KEY = "sk_live_" + "a1B2c3D4e5F6"


def a_draft(name: str = "Half of one", **fields: Any) -> dict[str, Any]:
    return {"connector": {"name": name, "config": {"url": "https://exam", "timeout": 2**70}}, "step": "api"} | fields


async def begun(client: httpx2.AsyncClient, **fields: Any) -> httpx2.Response:
    answer = await client.post(DRAFTS, json=a_draft(**fields))
    assert answer.status_code == 201, answer.text
    return answer


async def test_a_draft_is_begun_changed_read_elsewhere_and_discarded(client: httpx2.AsyncClient) -> None:
    answer = await begun(client)
    line, path = answer.json(), answer.headers["location"]
    assert (line["name"], line["step"], line["revision"], answer.headers["etag"]) == ("Half of one", "api", 1, '"1"')
    expires, updated = (datetime.fromisoformat(line[name]) for name in ("expiresAt", "updatedAt"))
    assert expires - updated == timedelta(days=30)
    changed = await client.put(path, json=a_draft("Most of one", step="auth"), headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    found = await client.get(path)
    assert (found.headers["etag"], found.json()["step"]) == ('"2"', "auth")
    assert found.json()["connector"] == a_draft("Most of one")["connector"]
    assert [one["name"] for one in (await client.get(DRAFTS)).json()["drafts"]] == ["Most of one"]
    assert (await client.delete(path)).status_code == 204
    assert (await client.get(path)).status_code == 404
    assert (await client.delete(path)).status_code == 404


def an_example(text: str = '{"phone":"1","id":9007199254740993}', **fields: Any) -> dict[str, Any]:
    body = {"kind": "text", "size": len(text), "text": text, "contentType": "application/json"}
    response = {
        "status": 200,
        "headers": [{"name": "Set-Cookie", "value": CANARY}],
        "body": body,
        "wireBytes": len(text),
    }
    return {"name": "A known phone", "inputs": {"phone": "1"}, "response": response, "output": {"id": 2**63}} | fields


async def test_tests_that_become_examples_are_in_the_draft_without_what_is_secret(client: httpx2.AsyncClient) -> None:
    secret = an_example(
        f'{{"access_token":"{CANARY}","note":"{KEY}"}}', inputs={"password": CANARY}, output={"api_key": CANARY}
    )
    path = (await begun(client, examples=[an_example(), secret])).headers["location"]
    answer = await client.get(path)
    first, second = answer.json()["examples"]
    assert (first["name"], first["inputs"], first["output"]) == ("A known phone", {"phone": "1"}, {"id": 2**63})
    assert first["response"]["body"]["text"] == '{"phone":"1","id":9007199254740993}'
    assert first["response"]["headers"] == []
    assert set(second["inputs"]) == {"password"}
    assert CANARY not in answer.text
    assert KEY not in answer.text
    # What was given is taken again as an example of the connector.
    await client.put(path, json=a_draft(examples=[first]))
    assert (await client.get(path)).json()["examples"] == [first]
    await client.put(path, json=a_draft())
    assert (await client.get(path)).json()["examples"] == []


async def test_examples_of_a_draft_are_bounded(client: httpx2.AsyncClient) -> None:
    large = an_example("x" * 200_000)
    answer = await client.post(DRAFTS, json=a_draft(examples=[large] * 3))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/examples")
    many = await client.post(DRAFTS, json=a_draft(examples=[an_example()] * 21))
    assert (many.status_code, many.json()["errors"][0]["pointer"]) == (422, "/examples")


def a_test(text: str = '{"phone":"1","id":9007199254740993}', **fields: Any) -> dict[str, Any]:
    example = an_example(text)
    del example["name"]
    return example | {"testedAt": "2026-01-01T10:00:00Z", "configuration": "c1:ab-9"} | fields


async def test_the_last_test_is_in_the_draft_without_what_is_secret(client: httpx2.AsyncClient) -> None:
    path = (await begun(client, lastTest=a_test())).headers["location"]
    kept = (await client.get(path)).json()["lastTest"]
    assert (kept["testedAt"], kept["configuration"]) == ("2026-01-01T10:00:00Z", "c1:ab-9")
    assert (kept["inputs"], kept["output"]) == ({"phone": "1"}, {"id": 2**63})
    assert (kept["response"]["body"]["text"], kept["response"]["headers"]) == (a_test()["response"]["body"]["text"], [])
    # What was given is taken again, with each change of the draft.
    await client.put(path, json=a_draft(lastTest=kept))
    assert (await client.get(path)).json()["lastTest"] == kept
    secret = a_test(f'{{"access_token":"{CANARY}","n":"{KEY}"}}', inputs={"password": CANARY}, output={"api_key": KEY})
    await client.put(path, json=a_draft(lastTest=secret))
    answer = await client.get(path)
    assert set(answer.json()["lastTest"]["inputs"]) == {"password"}
    assert CANARY not in answer.text
    assert KEY not in answer.text
    await client.put(path, json=a_draft())
    assert (await client.get(path)).json()["lastTest"] is None


@pytest.mark.parametrize("content_type", ["", "text/plain", "text/html", "application/json"])
async def test_what_is_secret_in_json_is_kept_by_no_content_type(client: httpx2.AsyncClient, content_type: str) -> None:
    tested = a_test(f'{{"token":{{"value":"{CANARY}"}},"secrets":["a","{CANARY}"],"note":"as it was, 1.50"}}')
    tested["response"]["body"]["contentType"] = content_type
    example = an_example() | {"response": tested["response"]}
    path = (await begun(client, lastTest=tested, examples=[example])).headers["location"]
    answer = await client.get(path)
    assert CANARY not in answer.text
    assert "as it was, 1.50" in answer.json()["lastTest"]["response"]["body"]["text"]


async def test_the_last_test_of_a_draft_is_bounded(client: httpx2.AsyncClient) -> None:
    large = await client.post(DRAFTS, json=a_draft(lastTest=a_test("x" * 300_000)))
    assert (large.status_code, large.json()["errors"][0]["pointer"]) == (422, "/lastTest")
    cut = a_test(output=None)
    cut["response"]["body"] = {"kind": "text", "size": 300_000, "text": None, "truncated": True}
    path = (await begun(client, lastTest=cut)).headers["location"]
    body = (await client.get(path)).json()["lastTest"]["response"]["body"]
    assert (body["size"], body["text"] or "", body["truncated"]) == (300_000, "", True)
    for wrong in (a_test(configuration="x" * 65), a_test(testedAt="2026-01-01T10:00:00"), a_test(name="x")):
        assert (await client.post(DRAFTS, json=a_draft(lastTest=wrong))).status_code == 422


async def test_a_last_test_that_is_taken_is_taken_again_as_it_is_given_back(client: httpx2.AsyncClient) -> None:
    """Names of secrets and numbers in full make it longer than it came."""
    for text in ('{"token":1},' * 18_000, "1e15," * 40_000):
        answer = await client.post(DRAFTS, json=a_draft(lastTest=a_test(f"[{text}1]")))
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/lastTest")
    path = (await begun(client, lastTest=a_test("[" + '{"token":1},' * 5_000 + "1]"))).headers["location"]
    kept = (await client.get(path)).json()["lastTest"]
    assert (await client.put(path, json=a_draft(lastTest=kept))).status_code == 200


async def test_another_machine_that_went_on_is_noticed(client: httpx2.AsyncClient) -> None:
    path = (await begun(client)).headers["location"]
    await client.put(path, json=a_draft(), headers={"If-Match": '"1"'})
    late = await client.put(path, json=a_draft(), headers={"If-Match": '"1"'})
    assert (late.status_code, late.headers["etag"]) == (412, '"2"')
    assert (await client.put(path, json=a_draft())).status_code == 200


async def test_of_a_connector_there_is_one(client: httpx2.AsyncClient, a_connector: Build) -> None:
    connector_id = (await client.post("/api/connectors", json=a_connector())).json()["id"]
    await begun(client)
    first = (await begun(client, connectorId=connector_id, baseRevision=1)).json()
    again = await client.post(DRAFTS, json=a_draft(connectorId=connector_id))
    assert (again.status_code, again.json()["type"]) == (409, "/problems/draft-exists")
    listed = (await client.get(DRAFTS, params={"connector_id": connector_id})).json()["drafts"]
    assert [(one["id"], one["baseRevision"]) for one in listed] == [(first["id"], 1)]
    missing = await client.post(DRAFTS, json=a_draft(connectorId=str(uuid4())))
    assert missing.status_code == 404


async def test_a_lost_answer_does_not_make_a_second_one(client: httpx2.AsyncClient) -> None:
    key = {"Idempotency-Key": "once"}
    first, again = [await client.post(DRAFTS, json=a_draft(), headers=key) for _ in range(2)]
    assert first.content == again.content
    assert len((await client.get(DRAFTS)).json()["drafts"]) == 1


async def test_there_are_so_many_of_so_much(client: httpx2.AsyncClient) -> None:
    for _ in range(20):
        await begun(client)
    more = await client.post(DRAFTS, json=a_draft())
    assert (more.status_code, more.json()["type"]) == (409, "/problems/too-many-drafts")
    large = await client.post(DRAFTS, json={"connector": {"name": "x" * 300_000}})
    assert (large.status_code, large.json()["errors"][0]["pointer"]) == (422, "/connector")


async def test_nobody_else_sees_it(client: httpx2.AsyncClient, sign_in: SignIn) -> None:
    path = (await begun(client)).headers["location"]
    for other in (sign_in(sub="bob"), sign_in(workspace=uuid4())):
        assert (await client.get(path, headers=other)).status_code == 404
        assert (await client.put(path, json=a_draft(), headers=other)).status_code == 404
        assert (await client.delete(path, headers=other)).status_code == 404
        assert (await client.get(DRAFTS, headers=other)).json() == {"drafts": []}
    assert (await client.get(DRAFTS, headers=sign_in(scopes=["connectors:read"]))).status_code == 403


@pytest.mark.parametrize(
    "config",
    [
        {"auth": {"type": "bearer", "token": CANARY}},
        {"auth": {"type": "bearer", "config": {"token": CANARY}}},
        {"auth": {"type": "unknown", "token": CANARY}},
        {"auth": {"type": ["bearer"], "key": CANARY}},
        {"auth": {"type": "oauth2", "client_id": "me", "client_secret": CANARY, "misspelt": CANARY}},
        {"auth": CANARY},
        CANARY,
        {"authConfig": {"token": CANARY}},
        {"headers": {"Authorization": CANARY}},
        {"headers": [f"Authorization: {CANARY}"]},
        {"headers": [{"key": "X", "valueType": "secret", "value": CANARY}]},
        {"headers": [{"key": "Authorization", "value": CANARY}, CANARY[:0], None]},
        {"queryParams": [{"key": "q", "valueType": "secret", "staticValue": CANARY}]},
        {"query_params": [{"value_type": "secret", "static_value": CANARY}]},
        {"queryParams": [{"key": "x", "staticValue": KEY}]},
        {"url": f"https://api.example.com/?api_key={CANARY}"},
        {"url": f"https://api.example.com/{KEY}"},
        {"url": [CANARY]},
        {"body": {"deep": [{"password": CANARY}]}},
        {"body": f'{{"unfinished": "{KEY}"'},
        {"bodyType": "form", "body": [{"key": "token", "value": CANARY}]},
    ],
)
async def test_nothing_secret_is_stored(client: httpx2.AsyncClient, drafts: InMemoryDraftStore, config: Any) -> None:
    await begun(client, connector={"name": "x", "config": config, "auth": {"token": CANARY}})
    [draft] = drafts.drafts.values()
    told = json.dumps(draft.document)
    assert CANARY not in told
    assert KEY not in told


def test_what_is_no_secret_stays_and_so_do_masks() -> None:
    config = {
        "url": "https://api.example.com/v1?page={{input.page}}",
        "auth": {"type": "bearer", "token": "••••bc0a"},
        "headers": [
            {"key": "X-Key", "valueType": "secret", "value": "••••bc0a"},
            {"key": "X-Id", "value": KEY, "allowPlain": True},
            {"key": "Accept", "value": "application/json"},
        ],
        "body": {"name": "{{input.name}}"},
    }
    assert without_secrets({"name": "x", "config": config}) == {"name": "x", "config": config}
    plain = {"url": f"https://api.example.com/{KEY}", "body": KEY, "allowPlain": ["url", "body"]}
    assert without_secrets({"config": plain}) == {"config": plain}
    assert without_secrets({"name": "x", "config": "not read", "misspelt": 1}) == {"name": "x"}
