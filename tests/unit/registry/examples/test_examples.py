"""`/api/connectors/{id}/examples`: tests that are kept, without what is secret; and what is built on them."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from connector_registry.examples.memory import InMemoryExampleStore
from connector_registry.executions.port import Fault, Refused
from connector_registry.trials.memory import InMemoryTrials
from connectors_shared.contract.trial import TransformError, TransformOrder, TransformReport
from connectors_shared.http.problems import Problem

Build = Callable[..., dict[str, Any]]
SignIn = Callable[..., dict[str, str]]


@pytest.fixture
async def path(client: httpx2.AsyncClient, a_connector: Build) -> str:
    created = (await client.post("/api/connectors", json=a_connector())).json()
    return f"/api/connectors/{created['id']}"


def a_draft(name: str = "Jose", document: Any = None, **fields: Any) -> dict[str, Any]:
    """As it is made of the answer to a test."""
    text = json.dumps({"name": "Jose"} if document is None else document)
    body = {"kind": "text", "text": text, "size": len(text), "contentType": "application/json", "charset": "utf-8"}
    response = {"status": 200, "headers": [], "wireBytes": 10, "body": body}
    return {"name": name, "inputs": {"phone": "626"}, "output": {"n": 1}, "response": response} | fields


async def test_a_test_is_kept_listed_read_and_deleted(client: httpx2.AsyncClient, path: str) -> None:
    kept = await client.post(f"{path}/examples", json=a_draft())
    assert kept.status_code == 201
    found = (await client.get(kept.headers["location"])).json()
    assert (found["name"], found["text"], found["output"], found["createdBy"]) == (
        "Jose",
        '{"name":"Jose"}',
        {"n": 1},
        "ann",
    )
    listed = (await client.get(f"{path}/examples")).json()
    assert [line["id"] for line in listed["examples"]] == [found["id"]]
    assert "text" not in listed["examples"][0]
    assert (await client.delete(kept.headers["location"])).status_code == 204
    assert (await client.get(kept.headers["location"])).status_code == 404


async def test_with_an_idempotency_key_it_is_kept_once(client: httpx2.AsyncClient, path: str) -> None:
    key = {"Idempotency-Key": "once"}
    first, again = [await client.post(f"{path}/examples", json=a_draft(), headers=key) for _ in range(2)]
    assert (first.status_code, first.content) == (201, again.content)
    assert again.headers["idempotency-replayed"] == "true"


async def test_nothing_secret_is_stored(client: httpx2.AsyncClient, examples: InMemoryExampleStore, path: str) -> None:
    secret, key = "canary-secret-1", "sk_live_" + "a1B2c3D4e5F6"
    document = {"access_token": secret, "deep": [{"password": secret}], "note": f"the key is {key}", "kept": 2**80}
    draft = a_draft(document=document, inputs={"apiKey": secret, "text": key}, output={"token": secret})
    assert (await client.post(f"{path}/examples", json=draft)).status_code == 201
    [example] = examples.examples.values()
    assert secret not in repr([example.inputs, example.text, example.output])
    assert key not in repr([example.inputs, example.text, example.output])
    assert str(2**80) in example.text


async def test_what_is_too_much_cut_or_binary_is_refused(client: httpx2.AsyncClient, path: str) -> None:
    large = a_draft(document="x" * 300_000)
    cut, binary = a_draft(), a_draft()
    cut["response"]["body"]["truncated"] = True
    binary["response"]["body"] = {"kind": "binary", "size": 3}
    for draft in (large, cut, binary):
        assert (await client.post(f"{path}/examples", json=draft)).status_code == 422


async def test_names_are_there_once_and_there_are_so_many(client: httpx2.AsyncClient, path: str) -> None:
    for number in range(20):
        assert (await client.post(f"{path}/examples", json=a_draft(str(number)))).status_code == 201
    same = await client.post(f"{path}/examples", json=a_draft("0"))
    assert (same.status_code, same.json()["type"]) == (409, "/problems/example-exists")
    more = await client.post(f"{path}/examples", json=a_draft("one more"))
    assert (more.status_code, more.json()["type"]) == (409, "/problems/too-many-examples")
    page = (await client.get(f"{path}/examples", params={"limit": 15})).json()
    rest = (await client.get(f"{path}/examples", params={"limit": 15, "cursor": page["nextCursor"]})).json()
    assert (len(page["examples"]), len(rest["examples"]), rest["nextCursor"]) == (15, 5, None)


async def test_another_workspace_sees_nothing_and_reading_needs_its_scope(
    client: httpx2.AsyncClient, path: str, sign_in: SignIn
) -> None:
    kept = (await client.post(f"{path}/examples", json=a_draft())).headers["location"]
    foreign = sign_in(workspace=uuid4())
    assert (await client.get(kept, headers=foreign)).status_code == 404
    assert (await client.get(f"{path}/examples", headers=foreign)).status_code == 404
    assert (await client.post(f"{path}/examples", json=a_draft("x"), headers=foreign)).status_code == 404
    assert (await client.delete(kept, headers=foreign)).status_code == 404
    reader = sign_in(scopes=["connectors:read"])
    assert (await client.get(kept, headers=reader)).status_code == 200
    assert (await client.delete(kept, headers=reader)).status_code == 403


async def previewed(client: httpx2.AsyncClient, **asked: Any) -> httpx2.Response:
    return await client.post("/api/transform/preview", json=asked)


async def test_a_transform_is_previewed_on_a_sample(client: httpx2.AsyncClient, trials: InMemoryTrials) -> None:
    trials.evaluated = lambda order: TransformReport(success=True, output={"twice": [order.document, 2**80]})
    answer = await previewed(client, expression="a", sample=None)
    assert answer.status_code == 200
    [preview] = answer.json()["previews"]
    assert preview == {"success": True, "output": {"twice": [None, 2**80]}}
    assert answer.json()["outputSchema"]["properties"]["twice"]["type"] == "array"
    [order] = trials.transforms
    assert (order.expression, order.document) == ("a", None)


async def test_a_transform_is_previewed_on_the_newest_examples(
    client: httpx2.AsyncClient, trials: InMemoryTrials, path: str
) -> None:
    for number in range(7):
        await client.post(f"{path}/examples", json=a_draft(str(number), document={"n": number}))
    answer = (await previewed(client, expression="n", connectorId=path.rpartition("/")[2])).json()
    assert [one["example"]["name"] for one in answer["previews"]] == ["6", "5", "4", "3", "2"]
    assert [order.document for order in trials.transforms] == [{"n": number} for number in (6, 5, 4, 3, 2)]


async def test_an_error_has_its_position(client: httpx2.AsyncClient, trials: InMemoryTrials) -> None:
    error = TransformError(code="syntax", message="No.", position=4)
    trials.evaluated = lambda _order: TransformReport(success=False, error=error)
    answer = (await previewed(client, expression="a +", sample={})).json()
    assert answer["previews"] == [{"success": False, "error": {"code": "syntax", "message": "No.", "position": 4}}]
    assert "outputSchema" not in answer


async def test_a_preview_wants_one_of_both_and_a_connector_that_has_examples(
    client: httpx2.AsyncClient, path: str
) -> None:
    connector_id = path.rpartition("/")[2]
    assert (await previewed(client, expression="a")).status_code == 422
    assert (await previewed(client, expression="a", sample=1, connectorId=connector_id)).status_code == 422
    empty = await previewed(client, expression="a", connectorId=connector_id)
    assert (empty.status_code, empty.json()["errors"][0]["pointer"]) == (422, "/connectorId")
    assert (await previewed(client, expression="a", connectorId=str(uuid4()))).status_code == 404


async def test_a_busy_or_absent_executor_is_passed_on(client: httpx2.AsyncClient, trials: InMemoryTrials) -> None:
    busy = Problem(type="/problems/too-many-callers", title="Too many", status=429)
    trials.evaluated = lambda _order: Refused(busy, "1")
    answer = await previewed(client, expression="a", sample={})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    trials.evaluated = lambda _order: Fault.UNREACHABLE
    assert (await previewed(client, expression="a", sample={})).status_code == 502


async def test_a_schema_is_inferred_compared_and_saved(client: httpx2.AsyncClient, path: str) -> None:
    connector_id = path.rpartition("/")[2]
    first = (await client.post("/api/schema/infer", json={"samples": [{"a": 1}, {"a": None}]})).json()
    assert first["outputSchema"]["properties"] == {"a": {"type": ["integer", "null"]}}
    assert "changes" not in first
    saved = await client.put(path, json={"output_schema": first["outputSchema"]})
    assert saved.status_code == 200
    asked = {"samples": [{"b": 1}], "connectorId": connector_id}
    second = (await client.post("/api/schema/infer", json=asked)).json()
    assert [(one["pointer"], one["breaking"]) for one in second["changes"]] == [("/a", True), ("/b", False)]
    same = {"samples": [{"a": 1}, {"a": None}], "connectorId": connector_id}
    assert (await client.post("/api/schema/infer", json=same)).json()["changes"] == []


async def test_a_schema_is_inferred_of_the_outputs_of_examples(client: httpx2.AsyncClient, path: str) -> None:
    connector_id = path.rpartition("/")[2]
    for number, output in enumerate(({"n": 1}, {"n": "x"})):
        await client.post(f"{path}/examples", json=a_draft(str(number), output=output))
    answer = (await client.post("/api/schema/infer", json={"connectorId": connector_id})).json()
    assert answer["outputSchema"]["properties"] == {"n": {"type": ["integer", "string"]}}
    assert (await client.post("/api/schema/infer", json={})).status_code == 422


async def test_previews_and_schemas_are_for_editors(client: httpx2.AsyncClient, sign_in: SignIn) -> None:
    headers = sign_in(scopes=["connectors:read", "connectors:execute"])
    asked = {"expression": "a", "sample": {}}
    assert (await client.post("/api/transform/preview", json=asked, headers=headers)).status_code == 403
    assert (await client.post("/api/schema/infer", json={"samples": [1]}, headers=headers)).status_code == 403


def test_orders_are_what_executors_read() -> None:
    order = TransformOrder(workspace_id=uuid4(), expression="a", document={"none": None})
    assert TransformOrder.model_validate_json(order.to_json()) == order
