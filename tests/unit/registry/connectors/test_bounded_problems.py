"""However much is wrong with a request, what is held and told of it is bounded."""

import tracemalloc
from collections.abc import Callable
from typing import Any

import httpx2
import msgspec
import pytest

from connectors_shared.definition.problems import LONGEST_POINTER, MOST_PROBLEMS
from connectors_shared.http.body import MAX_DEPTH, MAX_KEY_CHARACTERS
from connectors_shared.http.body_limit import MAX_REQUEST_BYTES

Build = Callable[..., dict[str, Any]]
LONGEST_KEY = "k" * MAX_KEY_CHARACTERS
HIGHEST_TOLD = 3 * (MOST_PROBLEMS + 1)
"""What is wrong in shape, in meaning, and in what executors do not get."""
MANY = 5_000
MOST_BYTES_PER_BYTE = 100
"""Of memory for a byte of a request: Python's own objects, and those of the parser, take some of it."""


async def told(client: httpx2.AsyncClient, body: dict[str, Any]) -> list[dict[str, str]]:
    answer = await client.post("/api/connectors", json=body)
    assert answer.status_code == 422, answer.text[:1000]
    assert len(answer.content) < MAX_REQUEST_BYTES
    errors: list[dict[str, str]] = answer.json()["errors"]
    return errors


@pytest.mark.parametrize("path", ["/api/connectors", "/api/connectors/11111111-1111-4111-8111-111111111111/execute"])
async def test_a_long_key_above_many_parts_is_refused_before_their_places_are_written(
    client: httpx2.AsyncClient, path: str
) -> None:
    content = msgspec.json.encode({"k" * 100_000: [0] * 10_000})
    tracemalloc.start()
    try:
        answer = await client.post(path, content=content, headers={"Content-Type": "application/json"})
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"pointer": "", "detail": f"has a key of more than {MAX_KEY_CHARACTERS} characters"}
    ]
    assert most < MOST_BYTES_PER_BYTE * len(content)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"a": ["x", {"b~/": "\x00"}]}, "/a/1/b~0~1"),
        ({"a": [{"b\x00": 1}]}, "/a/0"),
        ({"a": {"b": {LONGEST_KEY + "k": 1}}}, "/a/b"),
        (["\x00"], "/0"),
        ("\x00", ""),
        ({LONGEST_KEY: {LONGEST_KEY: "\x00"}}, ("/" + LONGEST_KEY)[:LONGEST_POINTER] + "…"),
    ],
)
async def test_the_place_of_what_cannot_be_used_is_told_and_cut(
    client: httpx2.AsyncClient, body: Any, pointer: str
) -> None:
    answer = await client.post("/api/connectors", json=body)
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize(("levels", "too_deep"), [(MAX_DEPTH, False), (MAX_DEPTH + 1, True)])
async def test_a_request_is_nested_as_deep_as_is_allowed_and_no_deeper(
    client: httpx2.AsyncClient, levels: int, too_deep: bool
) -> None:
    content = b"[" * levels + b"1" + b"]" * levels
    answer = await client.post("/api/connectors", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert ("nested deeper" in answer.text) is too_deep


@pytest.mark.parametrize(
    "fields",
    [
        {"input_schema": {f"a {number}": 1 for number in range(MANY)}},
        {f"unknown{number}": 1 for number in range(MANY)},
        {"config": {"bodyType": "json", "body": ["{{x}}"] * MANY}},
        {"config": {"bodyType": "json", "body": msgspec.json.encode(["{{x}}"] * MANY).decode()}},
        {"config": {"bodyType": "form", "body": [1] * MANY}},
        {"config": {"bodyType": "json", "body": {LONGEST_KEY: ["{{input.nope}}"] * MANY}}},
        {"config": {"auth": {"type": "bearer", "token": "t"} | {f"unknown{number}": 1 for number in range(MANY)}}},
        {"config": {"auth": {"type": "bearer", "config": {}} | {f"unknown{number}": 1 for number in range(MANY)}}},
    ],
)
async def test_of_very_many_problems_the_first_are_told_and_how_many_there_are(
    client: httpx2.AsyncClient, a_connector: Build, fields: dict[str, Any]
) -> None:
    errors = await told(
        client,
        a_connector(**{"input_schema": {"phoneNumber": {}}} | fields)
        | {"config": {"method": "POST", "url": "https://api.test/"} | fields.get("config", {})},
    )
    assert MOST_PROBLEMS < len(errors) <= HIGHEST_TOLD
    assert any(error["detail"].startswith("and ") and "more problems" in error["detail"] for error in errors)
    assert all(len(error["pointer"]) <= LONGEST_POINTER + 1 for error in errors)


async def test_an_input_that_is_named_often_in_one_text_is_told_once_and_the_names_there_are_by_a_handful(
    client: httpx2.AsyncClient, a_connector: Build
) -> None:
    names = [f"n{number:02}" + "x" * 95 for number in range(100)]
    config = {"bodyType": "raw", "body": "{{input.nope}}" * 10_000, "queryParams": []}
    errors = await told(client, a_connector(config=config, input_schema={name: {} for name in names}))
    (error,) = errors
    assert error["pointer"] == "/config/body"
    assert "95 more" in error["detail"]
    assert len(error["detail"]) < 1000


async def test_a_body_that_is_too_large_is_not_looked_into(client: httpx2.AsyncClient, a_connector: Build) -> None:
    errors = await told(client, a_connector(config={"bodyType": "json", "body": ["{{x}}"] * 60_000}))
    assert [error["pointer"] for error in errors] == ["/config/body"]
    assert "bytes" in errors[0]["detail"]


async def test_a_wrong_name_of_an_input_is_told_once_and_hides_nothing(
    client: httpx2.AsyncClient, a_connector: Build
) -> None:
    schema = {"bad name": {}, "other bad": 1, "phoneNumber": {"type": "nope"}}
    errors = await told(client, a_connector(config={"url": "ftp://x"}, input_schema=schema))
    assert sorted(error["pointer"] for error in errors) == [
        "/config/url",
        "/input_schema/bad name/[key]",
        "/input_schema/other bad",
        "/input_schema/other bad/[key]",
        "/input_schema/phoneNumber/type",
    ]


@pytest.mark.parametrize(
    "body", [{"²": "{{x}}"}, {"1" * 900: "{{x}}"}, {"007": "{{x}}"}, {"0": ["{{x}}"]}, {"٣": {"1": "{{x}}"}}]
)
async def test_a_key_of_digits_is_a_key(client: httpx2.AsyncClient, a_connector: Build, body: dict[str, Any]) -> None:
    (error,) = await told(client, a_connector(config={"bodyType": "json", "body": body}))
    key = next(iter(body))
    assert error["pointer"].split("/")[3] == key
