"""However a body comes, it is bounded before anybody looks at it, and what is wrong with it is a problem."""

from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID

import httpx2
import msgspec
import pytest
from fastapi import Depends
from prometheus_client import CollectorRegistry
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request

from connectors_shared.definition.problems import MOST_PROBLEMS
from connectors_shared.http.access import Access
from connectors_shared.http.api import rest_api
from connectors_shared.http.body import MAX_DEPTH, body_of
from connectors_shared.http.body_limit import MAX_REQUEST_BYTES
from connectors_shared.http.observing import RequestMetrics
from connectors_shared.http.principal import Principal, Scope
from connectors_shared.http.tokens import SharedSecret, token_authenticator
from tests.tokens import bearer

SECRET = "a-secret-only-for-tests-0123456789abcdef"
WORKSPACE = UUID(int=7)
JSON = {"Content-Type": "application/json"}


class Thing(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = ""
    inside: Any = None


class Sent:
    """A body in chunks, and how many of them were taken."""

    def __init__(self, *chunks: bytes) -> None:
        self.chunks = chunks
        self.taken = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self.chunks:
            self.taken += 1
            yield chunk


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    app = rest_api("connectors-shared", "Things", "", RequestMetrics("t", CollectorRegistry()))
    editor = Access(token_authenticator(SharedSecret(SECRET))).requires(Scope.CONNECTORS_EDIT)

    @app.post("/things")
    async def create(who: Principal = editor, thing: Thing = Depends(body_of(Thing))) -> Thing:
        return thing

    @app.post("/careless")
    async def careless(request: Request) -> str:
        try:
            return str(len(await request.body()))
        except Exception:
            return "went on"

    transport = httpx2.ASGITransport(app=app)
    headers = bearer(SECRET, WORKSPACE) | JSON
    async with httpx2.AsyncClient(transport=transport, base_url="http://service", headers=headers) as client:
        yield client


def told(answer: httpx2.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


async def test_a_length_beyond_the_limit_is_refused_before_who_sends_it_is_asked(client: httpx2.AsyncClient) -> None:
    sent = Sent(b" " * 10)
    headers = {"Content-Length": str(MAX_REQUEST_BYTES + 1), "Authorization": ""}
    answer = await client.post("/things", content=sent, headers=headers)
    assert told(answer) == (413, "too-large")
    assert answer.headers["connection"] == "close"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/things", "/careless"])
async def test_a_body_that_does_not_say_its_length_is_counted(client: httpx2.AsyncClient, path: str) -> None:
    half = b" " * (MAX_REQUEST_BYTES // 2 + 1)
    assert told(await client.post(path, content=Sent(half, half, half))) == (413, "too-large")


async def test_who_is_unknown_is_not_read(client: httpx2.AsyncClient) -> None:
    sent = Sent(b" " * MAX_REQUEST_BYTES, b" " * MAX_REQUEST_BYTES)
    assert told(await client.post("/things", content=sent, headers={"Authorization": ""})) == (401, "unauthorized")


async def test_as_much_as_is_allowed_is_read(client: httpx2.AsyncClient) -> None:
    content = msgspec.json.encode({"name": "x" * (MAX_REQUEST_BYTES - len('{"name":""}'))})
    assert len(content) == MAX_REQUEST_BYTES
    assert (await client.post("/things", content=content)).status_code == 200


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", (400, "malformed-json")),
        (b"{", (400, "malformed-json")),
        (b'{"name": NaN}', (400, "malformed-json")),
        (b'{"name": "\\ud800"}', (400, "malformed-json")),
        (b'{"inside": {"\\ud800": 1}}', (400, "malformed-json")),
        (b'{"name": "\xed\xa0\x80"}', (400, "malformed-json")),
        (b'{"inside": 1e400}', (400, "malformed-json")),
        (b'{"inside": ' + b"9" * 5000 + b"}", (400, "malformed-json")),
        (b'{"inside": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", (422, "invalid-request")),
        (b'{"inside": ' + b"[" * (MAX_DEPTH + 1) + b"1" + b"]" * (MAX_DEPTH + 1) + b"}", (422, "invalid-request")),
        (b'{"name": "\\u0000"}', (422, "invalid-request")),
        (b'{"inside": {"\\u0000": 1}}', (422, "invalid-request")),
        (b"[]", (422, "invalid-request")),
        (b'{"colour": 1}', (422, "invalid-request")),
    ],
)
async def test_what_nothing_could_be_done_with_is_a_problem(
    client: httpx2.AsyncClient, content: bytes, expected: tuple[int, str]
) -> None:
    assert told(await client.post("/things", content=content)) == expected


@pytest.mark.parametrize("media_type", ["text/plain", "", "application/x-www-form-urlencoded", "application/jsonx"])
async def test_only_json_is_read(client: httpx2.AsyncClient, media_type: str) -> None:
    answer = await client.post("/things", content=b"{}", headers={"Content-Type": media_type})
    assert told(answer) == (415, "unsupported-media-type")


async def test_of_very_many_wrong_fields_the_first_are_told(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/things", json={f"f{number}": 1 for number in range(5000)})
    errors = answer.json()["errors"]
    assert len(errors) == MOST_PROBLEMS + 1
    assert "4900 more" in errors[-1]["detail"]


async def test_chunks_are_as_good_as_one_piece(client: httpx2.AsyncClient) -> None:
    def pieces() -> Iterator[bytes]:
        yield from (bytes([byte]) for byte in b'{"name": "Ann"}')

    answer = await client.post("/things", content=Sent(*pieces()))
    assert answer.json()["name"] == "Ann"
