"""What a form asks for, and whether what is filled in accordingly is accepted."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from connectors_shared.definition import auth, bodies

Build = Callable[..., dict[str, Any]]
SignIn = Callable[..., dict[str, str]]
BODIES = {"json": {"a": 1}, "rows": {"a": "1"}, "text": "a"}


async def kinds(client: httpx2.AsyncClient) -> dict[str, Any]:
    answer = await client.get("/api/connector-kinds")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def asked_at_first(drawn: dict[str, Any]) -> list[dict[str, Any]]:
    """Those that are shown as long as every choice is as it is at first."""
    first = {field["name"]: field["default"] for field in drawn["fields"]}
    return [
        field
        for field in drawn["fields"]
        if field["when"] is None or first[field["when"]["field"]] in field["when"]["values"]
    ]


def filled_in(field: dict[str, Any]) -> str:
    value = "value-0123456789"
    return f"https://login.example/{value}" if field["name"].endswith("_url") else value


@pytest.mark.parametrize("kind", auth.KINDS)
async def test_a_form_that_is_drawn_from_a_kind_of_auth_and_filled_in_is_accepted(
    client: httpx2.AsyncClient, a_connector: Build, kind: str
) -> None:
    (drawn,) = [each for each in (await kinds(client))["auth"] if each["type"] == kind]
    filled = {field["name"]: filled_in(field) for field in asked_at_first(drawn) if field["required"]}
    answer = await client.post("/api/connectors", json=a_connector(auth={"type": kind, **filled}))
    assert answer.status_code == 201, answer.text
    shown = (await client.get(answer.headers["location"])).json()["config"]["auth"]
    public = {field["name"]: field for field in drawn["fields"] if field["control"] != "secret"}
    asked = public | {field["name"]: field for field in asked_at_first(drawn)}
    assert shown.keys() == {"type", *asked}
    for name, field in asked.items():
        value = filled_in(field) if field["required"] else field["default"]
        assert shown[name] == ("••••6789" if field["control"] == "secret" else value)


@pytest.mark.parametrize("kind", auth.KINDS)
async def test_what_a_form_leaves_out_is_named_by_its_field(
    client: httpx2.AsyncClient, a_connector: Build, kind: str
) -> None:
    (drawn,) = [each for each in (await kinds(client))["auth"] if each["type"] == kind]
    required = {f"/config/auth/{field['name']}" for field in asked_at_first(drawn) if field["required"]}
    answer = await client.post("/api/connectors", json=a_connector(auth={"type": kind}))
    assert {line["pointer"] for line in answer.json().get("errors", [])} == required


@pytest.mark.parametrize("kind", bodies.KINDS)
async def test_a_body_of_each_kind_is_accepted(client: httpx2.AsyncClient, a_connector: Build, kind: str) -> None:
    (drawn,) = [each for each in (await kinds(client))["bodies"] if each["type"] == kind]
    body = BODIES[drawn["control"]]
    answer = await client.post("/api/connectors", json=a_connector({"bodyType": kind, "body": body}))
    assert answer.status_code == 201, answer.text


async def test_methods_say_what_may_be_repeated(client: httpx2.AsyncClient) -> None:
    methods = {each["name"]: each["repeatable"] for each in (await kinds(client))["methods"]}
    assert methods == {
        **dict.fromkeys(("GET", "PUT", "DELETE", "HEAD", "OPTIONS"), True),
        **dict.fromkeys(("POST", "PATCH"), False),
    }


async def test_a_viewer_may_ask_and_nobody_else(client: httpx2.AsyncClient, sign_in: SignIn) -> None:
    assert (await client.get("/api/connector-kinds", headers=sign_in(scopes=["connectors:read"]))).status_code == 200
    assert (await client.get("/api/connector-kinds", headers={"Authorization": ""})).status_code == 401


async def test_a_header_and_a_parameter_of_each_source_are_accepted(
    client: httpx2.AsyncClient, a_connector: Build
) -> None:
    told = await kinds(client)
    assert (told["header_values"], told["query_values"]) == (["static", "secret"], ["input", "static", "secret"])
    config = {
        "headers": [{"key": f"X-{each}", "valueType": each, "value": "a-1"} for each in told["header_values"]],
        "queryParams": [
            {"key": each, "valueType": each, "staticValue": "a-1", "inputField": "phoneNumber"}
            for each in told["query_values"]
        ],
    }
    answer = await client.post("/api/connectors", json=a_connector(config=config))
    assert answer.status_code == 201, answer.text
