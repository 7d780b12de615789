"""Bad input is answered with a problem document that names the field and never repeats a secret."""

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_registry.connectors.draft import read_draft
from connector_registry.outbox import sizes
from connectors_shared.http.cursor import parse_cursor
from connectors_shared.http.problems import ProblemError

Build = Callable[..., dict[str, Any]]
SECRET = "canary-7c1f0a9b-secret"


def mapping(source_path: str) -> dict[str, str]:
    return {"sourcePath": source_path, "targetField": "notes"}


async def refused(client: httpx2.AsyncClient, body: dict[str, Any]) -> dict[str, str]:
    """Pointer → detail."""
    answer = await client.post("/api/connectors", json=body)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/invalid-request"
    return {line["pointer"]: line["detail"] for line in answer.json()["errors"]}


OAUTH2 = {
    "type": "oauth2",
    "token_url": "https://login.example/token",
    "client_id": "client-1",
    "client_secret": "secret-of-the-client",
}


@pytest.mark.parametrize(
    ("config", "pointer"),
    [
        ({"method": "FETCH"}, "/config/method"),
        ({"url": "https://{{input.phoneNumber}}.api.test/"}, "/config/url"),
        ({"url": "https://{{input.phoneNumber}}.api.test/", "allowedHosts": ["a b"]}, "/config/allowedHosts/0"),
        ({"url": "https://api.test:{{input.phoneNumber}}/", "allowedHosts": ["api.test"]}, "/config/url"),
        ({"url": "https://api.test/{{context.who}}"}, "/config/url"),
        ({"queryParams": [{"key": "p", "arrays": "pipes"}]}, "/config/queryParams/0/arrays"),
        (
            {
                "queryParams": [
                    {"key": "p", "valueType": "input", "inputField": "phoneNumber", "required": True, "nulls": "send"}
                ]
            },
            "/config/queryParams/0/nulls",
        ),
        ({"bodyType": "form", "body": [{"key": "a", "value": "1", "arrays": "pipes"}]}, "/config/body/0/arrays"),
        ({"timeout": 1}, "/config/timeout"),
        ({"timeOut": 1000}, "/config/timeOut"),
        ({"retries": -1}, "/config/retries"),
        ({"responseTransform": "x" * 20_001}, "/config/responseTransform"),
        ({"queryParams": [{"key": "p", "valueType": "input"}]}, "/config/queryParams/0/inputField"),
        (
            {"queryParams": [{"key": "p", "valueType": "input", "inputField": "nope"}]},
            "/config/queryParams/0/inputField",
        ),
        ({"queryParams": [{"key": "p", "valeu": "x"}]}, "/config/queryParams/0/valeu"),
        ({"headers": [{"key": "A B", "value": "x"}]}, "/config/headers/0/key"),
        ({"headers": [{"key": "A", "value": "x\r\nB: y"}]}, "/config/headers/0/value"),
        ({"headers": [{"key": "Accept"}, {"key": "ACCEPT"}]}, "/config/headers/1/key"),
        ({"headers": [{"key": "Host", "value": "elsewhere"}]}, "/config/headers/0/key"),
        ({"headers": [{"key": "authorization", "value": "x"}]}, "/config/headers/0/key"),
        ({"headers": [{"key": "X", "value": "{{input.nope}}"}]}, "/config/headers/0/value"),
        ({"headers": [{"key": "X", "value": "{{contact.phone}}"}]}, "/config/headers/0/value"),
        ({"bodyType": "json", "body": {"a/b": ["{{ input.nope }}"]}}, "/config/body/a~1b/0"),
        ({"headers": [{"key": "X", "value": "{{input.phoneNumber | shout}}"}]}, "/config/headers/0/value"),
        ({"queryParams": [{"key": "p", "staticValue": "{{nope}}"}]}, "/config/queryParams/0/staticValue"),
        (
            {"queryParams": [{"key": "p", "valueType": "input", "inputField": "phoneNumber }} x"}]},
            "/config/queryParams/0/inputField",
        ),
        ({"bodyType": "raw", "body": "<{{phone}}>"}, "/config/body"),
        ({"bodyType": "form", "body": {"a": "{{phone}}"}}, "/config/body/a"),
        ({"bodyType": "form", "body": [{"key": "a", "value": "{{phone}}"}]}, "/config/body/0/value"),
        ({"bodyType": "form", "body": {"a": {"b": 1}}}, "/config/body/a"),
        ({"bodyType": "json", "body": {"a": ["{{contact.phone}}"]}}, "/config/body/a/0"),
        ({"bodyType": "json", "body": {"a": [{"{{input.phoneNumber}}": 1}]}}, "/config/body/a/0/{{input.phoneNumber}}"),
        ({"bodyType": "json", "body": '{"a": "{{contact.phone}}"}'}, "/config/body"),
        ({"bodyType": "form", "body": {"{{input.phoneNumber}}": "1"}}, "/config/body/{{input.phoneNumber}}"),
        ({"bodyType": "xml", "body": "<a/>"}, "/config/bodyType"),
        ({"queryParams": [{"key": "{{input.phoneNumber}}", "staticValue": "1"}]}, "/config/queryParams/0/key"),
        ({"responseTransform": "identities[0"}, "/config/responseTransform"),
        ({"responseTransform": "$.a +"}, "/config/responseTransform"),
        ({"responseTransform": "(" * 5000}, "/config/responseTransform"),
        ({"bodyType": "json", "body": '{"a": '}, "/config/body"),
        ({"bodyType": "json", "body": '{"a": 1e400}'}, "/config/body"),
        ({"bodyType": "json", "body": "[" * 5000 + "]" * 5000}, "/config/body"),
        ({"rateLimit": {"windows": [{"limit": 1_000_000, "seconds": 0.4}]}}, "/config/rateLimit/windows/0"),
        ({"rateLimit": {"windows": [{"limit": 1, "seconds": 1e-300}]}}, "/config/rateLimit/windows/0"),
        ({"bodyType": "raw", "body": {}}, "/config/body"),
        ({"bodyType": "form", "body": "a=b"}, "/config/body"),
        ({"body": {}}, "/config/bodyType"),
        ({"bodyType": "raw", "body": "x" * 300_000}, "/config/body"),
        ({"rateLimit": {"maxRequestPerMinute": 60}}, "/config/rateLimit/maxRequestPerMinute"),
        ({"idempotencyHeader": "a b"}, "/config/idempotencyHeader"),
        ({"idempotencyHeader": "authorization"}, "/config/idempotencyHeader"),
        ({"idempotencyHeader": "accept"}, "/config/idempotencyHeader"),
        ({"auth": {"type": "digest"}}, "/config/auth/type"),
        ({"auth": {"type": "oauth2"}}, "/config/auth/token_url"),
        ({"auth": OAUTH2 | {"token_url": "http://login.example/token"}}, "/config/auth/token_url"),
        ({"auth": OAUTH2 | {"token_url": "https://login.example/#t"}}, "/config/auth/token_url"),
        ({"auth": OAUTH2 | {"parameters": "grant_type=password"}}, "/config/auth/parameters"),
        ({"auth": OAUTH2 | {"parameters": "a"}}, "/config/auth/parameters"),
        ({"auth": OAUTH2 | {"grant_type": "authorization_code"}}, "/config/auth/authorize_url"),
        ({"auth": OAUTH2 | {"client_authentication": "none"}}, "/config/auth/client_authentication"),
        ({"auth": OAUTH2 | {"client_authentication": "private_key_jwt"}}, "/config/auth/client_secret"),
        ({"auth": OAUTH2 | {"private_key": "-----BEGIN PRIVATE KEY-----"}}, "/config/auth/private_key"),
        ({"auth": {}}, "/config/auth/type"),
        ({"auth": []}, "/config/auth"),
        ({"auth": {"type": "bearer"}}, "/config/auth/token"),
        ({"auth": {"type": "bearer", "token": ""}}, "/config/auth/token"),
        ({"auth": {"type": "bearer", "token": "a\nb"}}, "/config/auth/token"),
        ({"auth": {"type": "bearer", "token": "••••bc0a"}}, "/config/auth/token"),
        ({"auth": {"type": "bearer", "tokn": "x"}}, "/config/auth/tokn"),
        ({"auth": {"type": "bearer", "config": {"tokn": "x"}}}, "/config/auth/config/tokn"),
        ({"auth": {"type": "bearer", "token": "x", "config": {}}}, "/config/auth/token"),
        ({"auth": {"type": "bearer", "config": 5}}, "/config/auth/config"),
        ({"auth": {"type": "apikey", "key": "k", "location": "body"}}, "/config/auth/location"),
        ({"auth": {"type": "apikey", "key": "k", "name": "Host"}}, "/config/auth/name"),
        ({"auth": {"type": "basic", "username": "a:b", "password": "p"}}, "/config/auth/username"),
        ({"auth": {"type": "basic", "password": "p"}}, "/config/auth/username"),
    ],
)
async def test_a_wrong_part_of_the_config_is_named(
    client: httpx2.AsyncClient, a_connector: Build, config: dict[str, Any], pointer: str
) -> None:
    assert pointer in await refused(client, a_connector(config=config))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.example.com/x",
        "ftp://api.example.com",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://",
        "https:///path",
        "https://ann:pw@api.example.com/",
        "https://api.example.com@evil.example/",
        "https://api.example.com:0/",
        "https://api.example.com:99999/",
        "https://api.example.com:port/",
        "https://[::1/",
        "https://api.example.com/a b",
        "https://api.example.com/\r\nX: y",
        "https:\\\\api.example.com",
        "https://{{input.phoneNumber}}/",
        "https://{{input.phoneNumber}}.example.com/",
        "https://api.example.com/{{contact.phone}}",
        "https://api.example.com/{{input.nope}}",
    ],
)
async def test_a_url_that_cannot_or_must_not_be_called_is_refused(
    client: httpx2.AsyncClient, a_connector: Build, url: str
) -> None:
    assert "/config/url" in await refused(client, a_connector(config={"url": url}))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9000/x",
        "https://[2001:db8::1]:8443/",
        "https://bücher.example/ü?q=1#part",
        "https://api.example.com/{{input.phoneNumber}}/{{ input.phoneNumber.area }}?x={{input.phoneNumber}}",
    ],
)
async def test_a_url_that_can_be_called_is_accepted(client: httpx2.AsyncClient, a_connector: Build, url: str) -> None:
    answer = await client.post("/api/connectors", json=a_connector(config={"url": url}))
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"name": "  "}, "/name"),
        ({"name": "x" * 201}, "/name"),
        ({"name": "two\nlines"}, "/name"),
        ({"name": None}, "/name"),
        ({"category": "&&"}, "/category"),
        ({"enabeld": True}, "/enabeld"),
        ({"input_schema": {"phone number": {}}}, "/input_schema/phone number/[key]"),
        ({"input_schema": {"phoneNumber": {"type": "text"}}}, "/input_schema/phoneNumber/type"),
        ({"input_schema": {"phoneNumber": {"lable": "x"}}}, "/input_schema/phoneNumber/lable"),
        ({"input_schema": {"phoneNumber": {"type": "integer", "default": "x"}}}, "/input_schema/phoneNumber/default"),
        ({"input_schema": {"phoneNumber": {"pattern": "("}}}, "/input_schema/phoneNumber/pattern"),
        ({"input_schema": {"phoneNumber": {"format": "fax"}}}, "/input_schema/phoneNumber/format"),
        ({"input_schema": {"phoneNumber": {"enum": ["a", 1]}}}, "/input_schema/phoneNumber/enum/1"),
        ({"input_schema": {"phoneNumber": {"minLength": -1}}}, "/input_schema/phoneNumber/minLength"),
        (
            {"input_schema": {"phoneNumber": {"type": "object", "properties": {"a": {"lable": "x"}}}}},
            "/input_schema/phoneNumber/properties/a/lable",
        ),
        (
            {"input_schema": {"phoneNumber": {"type": "array", "items": {"type": "integer", "default": "x"}}}},
            "/input_schema/phoneNumber/items/default",
        ),
        ({"output_schema": []}, "/output_schema"),
        ({"output_schema": {"x": "y" * 300_000}}, "/output_schema"),
        (
            {"field_mapping_templates": [{"name": "n", "mappings": [{}]}]},
            "/field_mapping_templates/0/mappings/0/sourcePath",
        ),
        *(
            (
                {"field_mapping_templates": [{"name": "n", "mappings": [mapping("a"), mapping(path)]}]},
                "/field_mapping_templates/0/mappings/1/sourcePath",
            )
            for path in ("a..b", "a[", "$.a[", "$[?@.a", "$[?match(@.a, '[')]", "$" + "[?@" * 40 + "]" * 40)
        ),
        ({"description": "a\x00b"}, "/description"),
    ],
)
async def test_a_wrong_field_is_named(
    client: httpx2.AsyncClient, a_connector: Build, fields: dict[str, Any], pointer: str
) -> None:
    assert pointer in await refused(client, a_connector(**fields))


async def test_all_that_is_wrong_is_told_at_once(client: httpx2.AsyncClient, a_connector: Build) -> None:
    body = a_connector(config={"method": "X", "retries": 99}, name="")
    assert set(await refused(client, body)) == {"/config/method", "/config/retries", "/name"}


async def test_what_is_wrong_in_shape_hides_nothing_that_is_wrong_in_meaning(
    client: httpx2.AsyncClient, a_connector: Build
) -> None:
    wrong = {
        "method": "X",
        "url": "https://{{input.host}}/",
        "headers": [{"key": "A B"}, {"key": "Accept"}, {"value": "no key"}, {"key": "accept"}, {"key": "host"}],
        "queryParams": [{"key": 5}, {"key": "p", "staticValue": "{{contact.x}}"}],
        "rateLimit": {"windows": [{"limit": 0, "seconds": 1}, {"limit": 1_000_000, "seconds": 0.4}]},
        "bodyType": "json",
        "body": {"a": "{{contact.x}}"},
        "responseTransform": "(",
    }
    assert set(await refused(client, a_connector(wrong, {"type": "bearer"}, name="", surprise=1))) == {
        "/name",
        "/surprise",
        "/config/method",
        "/config/url",
        "/config/headers/0/key",
        "/config/headers/2/key",
        "/config/headers/3/key",
        "/config/headers/4/key",
        "/config/queryParams/0/key",
        "/config/queryParams/1/staticValue",
        "/config/rateLimit/windows/0/limit",
        "/config/rateLimit/windows/1",
        "/config/body/a",
        "/config/responseTransform",
        "/config/auth/token",
    }


async def test_a_missing_secret_is_told_beside_what_else_is_wrong_with_the_auth(
    client: httpx2.AsyncClient, a_connector: Build
) -> None:
    problems = await refused(client, a_connector(auth={"type": "basic", "username": "a:b", "usrname": "a"}))
    assert set(problems) == {"/config/auth/username", "/config/auth/usrname", "/config/auth/password"}


async def test_a_change_is_judged_with_the_auth_that_stays(client: httpx2.AsyncClient, a_connector: Build) -> None:
    made = await client.post("/api/connectors", json=a_connector())
    body = a_connector({"headers": [{"key": "Authorization", "value": "{{input.phoneNumber}}"}]})
    body["config"].pop("auth")
    answer = await client.put(made.headers["location"], json=body)
    assert answer.status_code == 422
    assert [line["pointer"] for line in answer.json()["errors"]] == ["/config/headers/0/key"]


async def test_an_unknown_kind_is_refused_with_what_is_possible(client: httpx2.AsyncClient, a_connector: Build) -> None:
    problems = await refused(client, a_connector(auth={"type": "digest", "config": {"client_secret": SECRET}}))
    assert problems == {"/config/auth/type": "must be one of none, bearer, apikey, basic, oauth2"}


async def test_a_secret_in_plain_headers_is_sent_to_where_it_is_encrypted(
    client: httpx2.AsyncClient, a_connector: Build
) -> None:
    headers = [{"key": "Authorization", "value": f"Token {SECRET}"}]
    problems = await refused(client, a_connector(config={"headers": headers}, auth={"type": "none"}))
    assert "config.auth" in problems["/config/headers/0/key"]


@pytest.mark.parametrize(
    "auth",
    [
        {"type": "bearer", "token": SECRET + "\n"},
        {"type": "bearer", "token": SECRET, "extra": SECRET},
        {"type": "bearer", "token": [SECRET]},
        {"type": "bearer", "config": {"token": {"value": SECRET}}},
        {"type": "apikey", "key": SECRET * 2000},
        {"type": "basic", "username": "a", "password": SECRET + "\x01"},
        {"type": SECRET},
        SECRET,
    ],
)
async def test_no_answer_and_no_error_repeats_a_secret(
    client: httpx2.AsyncClient, a_connector: Build, auth: Any
) -> None:
    body = a_connector(config={"auth": auth, "method": "WRONG"})
    answer = await client.post("/api/connectors", json=body)
    assert answer.status_code == 422
    assert SECRET not in answer.text
    assert SECRET not in repr(read_draft(body).problems)


async def test_a_plain_secret_is_not_in_the_repr_of_a_draft(a_connector: Build) -> None:
    assert SECRET not in repr(read_draft(a_connector(auth={"type": "bearer", "token": SECRET})).draft)


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b'{"name": NaN}', 400),
        (b'{"name": "\\ud800"}', 400),
        (b'{"name": "\xff"}', 400),
        (b'{"config": {"body": 1e999}}', 400),
        (b"[" * 5_000 + b"]" * 5_000, 422),
        (b'{"a":' * 70 + b"1" + b"}" * 70, 422),
        (b"[]", 422),
        (b'"text"', 422),
        (b"null", 422),
        (b'"' + b"x" * 1_048_576 + b'"', 413),
    ],
)
async def test_a_body_that_is_no_usable_json_is_a_problem_document(
    client: httpx2.AsyncClient, content: bytes, status: int
) -> None:
    answer = await client.post("/api/connectors", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


async def test_a_body_of_another_type_is_told_what_to_send(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/api/connectors", data={"name": "x"})
    assert answer.status_code == 415
    assert "application/json" in answer.json()["detail"]


async def test_a_definition_too_large_for_a_message_is_refused(
    client: httpx2.AsyncClient, a_connector: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sizes, "MOST_BYTES", 900_000)
    headers = [{"key": f"X-{n}", "value": "\\" * 7000} for n in range(70)]
    assert "/config" in await refused(client, a_connector(config={"headers": headers}))


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1000", "limit=x", "cursor=zzz", "cursor=%C3%BC", "enabled=maybe", "q=a%00b"]
)
async def test_a_wrong_query_parameter_is_named(client: httpx2.AsyncClient, query: str) -> None:
    answer = await client.get(f"/api/connectors?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/" + query.split("=")[0]


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nope", 404), ("PATCH", "/api/connectors", 405)])
async def test_an_unknown_route_is_a_problem_document(
    client: httpx2.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_numbers_order_and_nulls_of_a_body_are_kept(client: httpx2.AsyncClient, a_connector: Build) -> None:
    body = {"z": 123456789012345678901234567890, "a": None, "m": [None, 1.5]}
    made = await client.post("/api/connectors", json=a_connector(config={"bodyType": "json", "body": body}))
    answer = await client.get(made.headers["location"])
    assert json.dumps(answer.json()["config"]["body"]) == json.dumps(body)


@given(st.text(min_size=1, max_size=60))
def test_a_foreign_cursor_is_a_problem_and_never_a_fault(text: str) -> None:
    with pytest.raises(ProblemError):
        parse_cursor(text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["name", "config", "auth", "type", "url", "method", "headers", "body"]) | st.text(),
                inner,
            )
        ),
    )
)
def test_no_draft_whatever_breaks_the_parser(raw: Any) -> None:
    assert read_draft(raw).problems
