"""The mapper's API under the registry's origin: what is passed on, what is not, and what is said when it is away."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from fastapi import FastAPI, Request, Response
from starlette.types import Message

from connector_registry.access.memory import InMemoryApiKeyStore
from connector_registry.actions.memory import InMemoryActions
from connector_registry.api import assemble
from connector_registry.connectors.memory import InMemoryConnectorStore
from connector_registry.contacts.routes import MAPPER
from connector_registry.drafts.memory import InMemoryDraftStore
from connector_registry.examples.memory import InMemoryExampleStore
from connector_registry.executions.memory import InMemoryExecutionTerms
from connector_registry.grants.memory import InMemoryGrantStore
from connector_registry.health.memory import InMemoryFacts
from connector_registry.history.measure_memory import InMemoryMeasures
from connector_registry.history.memory import InMemoryReading
from connector_registry.history.recording.memory import InMemoryHistory
from connector_registry.metrics import Metrics
from connector_registry.relaying.forwarding import Relay, Relayed
from connector_registry.relaying.peer import client_of
from connector_registry.relaying.shares import MOST_AT_ONCE, MOST_FILES, MOST_FILES_OF_ONE
from connector_registry.settings import Settings
from connector_registry.workspaces.memory import InMemoryWorkspaceStore
from connectors_shared.http.answers.memory import InMemoryIdempotentAnswers
from connectors_shared.http.body_limit import MAX_REQUEST_BYTES, MAX_UPLOAD_BYTES
from connectors_shared.http.principal import Principal
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.secrets import Keyring
from tests.unit.registry.conftest import KEYS, WORKSPACE, Announcer, a_vault

SignIn = Callable[..., dict[str, str]]


class StoppedClock(SystemClock):
    """No limit fills up again."""

    def monotonic(self) -> float:
        return 0.0


class Mapper:
    """What reached it; it answers as told."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        self.answer = Response(b'{"contacts": []}', headers={"ETag": '"1"', "Set-Cookie": "a=b"})
        self.failure: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.app = FastAPI()
        self.app.add_route("/{rest:path}", self.handle, methods=["GET", "POST", "PUT", "DELETE"])

    async def handle(self, request: Request) -> Response:
        if self.failure is not None:
            raise self.failure
        target = f"{request.scope['raw_path'].decode()}?{request.url.query}"
        self.seen.append((request.method, target, dict(request.headers), await request.body()))
        await self.gate.wait()
        return self.answer


@pytest.fixture
def mapper() -> Mapper:
    return Mapper()


def registry_app(
    settings: Settings, mapper: httpx2.AsyncClient | None, engine: httpx2.AsyncClient | None = None
) -> FastAPI:
    store, workspaces = InMemoryConnectorStore(), InMemoryWorkspaceStore()
    return assemble(
        *(settings, Keyring.parse(KEYS), store, a_vault(store), Announcer(), InMemoryIdempotentAnswers()),
        workspaces=workspaces,
        grants=InMemoryGrantStore(),
        history=InMemoryReading(InMemoryHistory()),
        measures=InMemoryMeasures(InMemoryHistory()),
        actions=InMemoryActions(),
        terms=InMemoryExecutionTerms(store, workspaces),
        examples=InMemoryExampleStore(),
        drafts=InMemoryDraftStore(),
        api_keys=InMemoryApiKeyStore(),
        trail=store.outgoing.trail,
        notices=store.outgoing.notices,
        facts=InMemoryFacts(),
        clock=StoppedClock(),
        metrics=Metrics(),
        mapper=mapper,
        engine=engine,
    )


def registry_with(
    settings: Settings, mapper: httpx2.AsyncClient | None, engine: httpx2.AsyncClient | None = None
) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=registry_app(settings, mapper, engine))
    return httpx2.AsyncClient(transport=transport, base_url="http://registry")


@pytest.fixture
async def client(settings: Settings, mapper: Mapper, sign_in: SignIn) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=mapper.app)
    async with (
        httpx2.AsyncClient(transport=transport, base_url="http://mapper") as to_mapper,
        registry_with(settings, to_mapper) as client,
    ):
        client.headers.update(sign_in())
        yield client


async def raw_status(settings: Settings, mapper: Mapper, headers: dict[str, str], query: bytes) -> int:
    """Of a request with a query that no well-behaved client would send."""
    statuses: list[int] = []

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    pieces = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> dict[str, Any]:
        for piece in pieces:
            return piece
        await asyncio.Event().wait()  # it never hangs up
        raise AssertionError

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/api/contacts",
        "raw_path": b"/api/contacts",
        "query_string": query,
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "scheme": "http",
        "server": ("registry", 80),
    }
    transport = httpx2.ASGITransport(app=mapper.app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://mapper") as to_mapper:
        await registry_app(settings, to_mapper)(scope, receive, send)
    [status] = statuses
    return status


def told(answer: httpx2.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


async def test_a_request_goes_on_as_it_came_and_the_answer_comes_back(
    client: httpx2.AsyncClient, mapper: Mapper
) -> None:
    answer = await client.get("/api/contacts", params={"q": "a b&c", "limit": 3}, headers={"Cookie": "canary"})
    assert (answer.status_code, answer.json(), answer.headers["etag"]) == (200, {"contacts": []}, '"1"')
    assert "set-cookie" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"
    [(method, target, headers, body)] = mapper.seen
    assert (method, target, body) == ("GET", "/api/contacts?q=a+b%26c&limit=3", b"")
    assert headers["authorization"] == client.headers["authorization"]
    assert "cookie" not in headers
    assert "transfer-encoding" not in headers


@pytest.mark.parametrize(
    "path",
    ["/api/contacts", "/api/contacts/x/update", "/api/custom-fields", "/api/contact-fields/x", "/api/contacts/a%2Fb"],
)
async def test_a_body_goes_on_whether_it_says_its_length_or_not(
    client: httpx2.AsyncClient, mapper: Mapper, path: str
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for piece in (b'{"name":', b' "Ann"}'):
            yield piece

    bodies: list[Any] = [b'{"name": "Ann"}', pieces()]
    for body in bodies:
        await client.post(path, content=body, headers={"Content-Type": "application/json", "Idempotency-Key": "k"})
    assert [seen[3] for seen in mapper.seen] == [b'{"name": "Ann"}'] * 2
    assert {seen[2]["content-type"] for seen in mapper.seen} == {"application/json"}
    assert {seen[2]["idempotency-key"] for seen in mapper.seen} == {"k"}


async def test_a_refusal_of_the_mapper_is_passed_back(client: httpx2.AsyncClient, mapper: Mapper) -> None:
    mapper.answer = Response(b"{}", 403, {"WWW-Authenticate": "x", "Content-Type": "application/problem+json"})
    answer = await client.delete("/api/contacts/1")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (403, "x")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_mapper_that_does_not_know_the_caller_does_not_sign_him_out(
    client: httpx2.AsyncClient, mapper: Mapper
) -> None:
    mapper.answer = Response(b"{}", 401)
    assert told(await client.get("/api/contacts")) == (502, "caller-refused")


async def test_nobody_gets_through_without_a_token_or_beyond_the_contacts(
    client: httpx2.AsyncClient, mapper: Mapper
) -> None:
    assert told(await client.get("/api/contacts", headers={"Authorization": ""})) == (401, "unauthorized")
    assert told(await client.get("/api/contacts/%2e%2e/%2e%2e/metrics")) == (404, "no-such-address")
    large = b" " * (MAX_REQUEST_BYTES + 1)
    assert told(await client.post("/api/contacts", content=large)) == (413, "too-large")

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 65_536

    assert told(await client.post("/api/contacts", content=endless())) == (413, "too-large")
    assert mapper.seen == []


@pytest.mark.parametrize(
    ("sent", "passed_on"),
    [
        (b"q=M\xc3\xbcller", "q=M%C3%BCller"),
        (b"q=a\x7f\x01", "q=a%7F%01"),
        (b"q=%C3%BC%2F+a&b=[]", "q=%C3%BC%2F+a&b=[]"),
        (b"q=a#b", "q=a%23b"),
    ],
)
async def test_a_query_that_is_not_escaped_means_the_same_to_the_mapper(
    settings: Settings, mapper: Mapper, sign_in: SignIn, sent: bytes, passed_on: str
) -> None:
    assert await raw_status(settings, mapper, sign_in(), sent) == 200
    assert mapper.seen[0][1] == f"/api/contacts?{passed_on}"


async def test_an_address_that_is_too_long_to_pass_on_is_a_problem(
    settings: Settings, mapper: Mapper, sign_in: SignIn
) -> None:
    assert await raw_status(settings, mapper, sign_in(), b"q=" + b"a" * 66_000) == 400
    assert mapper.seen == []


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (httpx2.ConnectError("refused"), (503, "contacts-unavailable")),
        (httpx2.ConnectTimeout("late"), (503, "contacts-unavailable")),
        (httpx2.PoolTimeout("busy"), (503, "contacts-unavailable")),
        (httpx2.ReadTimeout("late"), (502, "contacts-lost")),
        (httpx2.ReadError("reset"), (502, "contacts-lost")),
        (httpx2.RemoteProtocolError("closed"), (502, "contacts-lost")),
    ],
)
async def test_a_mapper_that_is_away_is_a_problem_that_says_what_may_have_happened(
    client: httpx2.AsyncClient, mapper: Mapper, failure: Exception, expected: tuple[int, str]
) -> None:
    mapper.failure = failure
    answer = await client.post("/api/contacts", json={})
    assert told(answer) == expected
    assert ("retry-after" in answer.headers) is (expected[0] == 503)


async def test_where_nobody_listens_it_is_said_at_once(settings: Settings, sign_in: SignIn) -> None:
    async with client_of("http://127.0.0.1:1") as to_nobody, registry_with(settings, to_nobody) as client:
        answer = await client.get("/api/contacts", headers=sign_in())
    assert told(answer) == (503, "contacts-unavailable")


async def test_without_an_address_it_is_said_what_to_set(settings: Settings, sign_in: SignIn) -> None:
    async with registry_with(settings, None) as client:
        answer = await client.get("/api/custom-fields", headers=sign_in())
    assert told(answer) == (503, "contacts-not-configured")
    assert "CONNECTORS_MAPPER_URL" in answer.json()["detail"]


async def test_a_workspace_shares_one_limit_for_everything_under_the_origin(
    settings: Settings, mapper: Mapper, sign_in: SignIn
) -> None:
    few = settings.model_copy(update={"requests_per_minute": 60})
    transport = httpx2.ASGITransport(app=mapper.app)
    async with (
        httpx2.AsyncClient(transport=transport, base_url="http://mapper") as to_mapper,
        registry_with(few, to_mapper) as client,
    ):
        headers = sign_in(UUID(int=5))
        statuses = {(await client.get("/api/contacts", headers=headers)).status_code for _ in range(200)}
    assert statuses == {200, 429}


async def test_a_token_without_any_scope_for_contacts_does_not_get_through(
    client: httpx2.AsyncClient, mapper: Mapper, sign_in: SignIn
) -> None:
    headers = sign_in(scopes=["connectors:read"])
    assert told(await client.get("/api/contacts", headers=headers)) == (403, "missing-scope")
    assert mapper.seen == []


async def test_a_body_that_does_not_come_takes_no_connection(
    client: httpx2.AsyncClient, mapper: Mapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector_registry.relaying.sending.BODY_SECONDS", 0.0)

    async def never() -> AsyncIterator[bytes]:
        await asyncio.Event().wait()
        yield b""

    assert told(await client.put("/api/contacts/x", content=never())) == (408, "body-too-slow")
    assert mapper.seen == []


async def test_a_workspace_takes_only_its_share_of_the_connections(
    client: httpx2.AsyncClient, mapper: Mapper, sign_in: SignIn
) -> None:
    mapper.gate.clear()
    held = [asyncio.create_task(client.get("/api/contacts")) for _ in range(MOST_AT_ONCE)]
    async with asyncio.timeout(60):
        while len(mapper.seen) < MOST_AT_ONCE:
            await asyncio.sleep(0)
    assert told(await client.get("/api/contacts")) == (429, "too-many-requests")
    other = asyncio.create_task(client.get("/api/contacts", headers=sign_in(uuid4())))
    async with asyncio.timeout(60):
        while len(mapper.seen) <= MOST_AT_ONCE:
            await asyncio.sleep(0)
    mapper.gate.set()
    answers = [*await asyncio.gather(*held), await other, await client.get("/api/contacts")]
    assert {answer.status_code for answer in answers} == {200}


async def test_files_have_few_places_of_their_own(client: httpx2.AsyncClient, mapper: Mapper, sign_in: SignIn) -> None:
    mapper.gate.clear()
    held: list[asyncio.Task[httpx2.Response]] = []

    async def hold(headers: dict[str, str]) -> None:
        held.append(asyncio.create_task(client.get("/api/contact-export", headers=headers)))
        async with asyncio.timeout(60):
            while len(mapper.seen) < len(held):
                await asyncio.sleep(0)

    of_one = sign_in(uuid4())
    for _ in range(MOST_FILES_OF_ONE):
        await hold(of_one)
    assert told(await client.get("/api/contact-export", headers=of_one)) == (429, "too-many-requests")
    for _ in range(MOST_FILES - MOST_FILES_OF_ONE):
        await hold(sign_in(uuid4()))
    refused = await client.post("/api/contact-imports", content=b"a\n", headers=sign_in(uuid4()))
    assert told(refused) == (429, "too-many-files")
    assert refused.headers["Retry-After"]
    short = [
        asyncio.create_task(client.get(f"/api/{path}", headers=of_one)) for path in ("contacts", "contact-imports")
    ]
    async with asyncio.timeout(60):
        while len(mapper.seen) < MOST_FILES + len(short):
            await asyncio.sleep(0)
    mapper.gate.set()
    answers = [*await asyncio.gather(*held, *short), await client.get("/api/contact-export", headers=of_one)]
    assert {answer.status_code for answer in answers} == {200}


async def test_a_caller_that_does_not_take_the_answer_gives_the_connection_back(
    settings: Settings, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = asyncio.Event()

    class Endless(httpx2.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                yield b" " * 1024

        async def aclose(self) -> None:
            closed.set()

    transport = httpx2.MockTransport(lambda _request: httpx2.Response(200, stream=Endless()))
    who = Principal(WORKSPACE, "ann")

    async def receive() -> Message:
        await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def stuck(message: Message) -> None:
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    async def nothing() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": "GET", "path": "/api/contacts", "query_string": b"", "headers": []}
    async with httpx2.AsyncClient(transport=transport, base_url="http://mapper") as to_mapper:
        relay = Relay(MAPPER, to_mapper)
        answer = await relay.forward(Request(scope, nothing), who)
        assert isinstance(answer, Relayed)
        answer._deadline = 0.0
        with pytest.raises(TimeoutError):
            await answer(scope, receive, stuck)
    assert closed.is_set()
    assert not relay.shares.requests._taken.total()


async def test_a_browser_may_change_a_part_of_a_contact(client: httpx2.AsyncClient) -> None:
    headers = {"Origin": "https://console.example", "Access-Control-Request-Method": "PATCH"}
    assert (await client.options("/api/contacts/x", headers=headers)).status_code == 200


class Answer(httpx2.AsyncByteStream):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"{}"


class Taking(httpx2.AsyncBaseTransport):
    """A mapper that takes a body as it comes."""

    def __init__(self) -> None:
        self.arrived = asyncio.Event()
        self.taken = 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        assert isinstance(request.stream, httpx2.AsyncByteStream)
        async for piece in request.stream:
            self.taken += len(piece)
            self.arrived.set()
        return httpx2.Response(201, stream=Answer())


async def uploaded(settings: Settings, taking: Taking, headers: dict[str, str], pieces: AsyncIterator[bytes]) -> int:
    """The status. Each piece is asked for when the one before has been taken."""
    statuses: list[int] = []

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    ended = asyncio.Event()

    async def receive() -> dict[str, Any]:
        if ended.is_set():
            await asyncio.Event().wait()  # it never hangs up
        piece = await anext(pieces, None)
        if piece is None:
            ended.set()
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/contact-imports",
        "raw_path": b"/api/contact-imports",
        "query_string": b"delimiter=comma",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "scheme": "http",
        "server": ("registry", 80),
    }
    async with httpx2.AsyncClient(transport=taking, base_url="http://mapper") as to_mapper:
        await registry_app(settings, to_mapper)(scope, receive, send)
    [status] = statuses
    return status


async def test_a_file_goes_on_piece_by_piece_before_all_of_it_is_here(settings: Settings, sign_in: SignIn) -> None:
    taking = Taking()

    async def file() -> AsyncIterator[bytes]:
        yield b"email"
        await taking.arrived.wait()  # for ever, if the whole file were waited for
        yield b"x" * (MAX_REQUEST_BYTES + 1)

    assert await uploaded(settings, taking, sign_in(), file()) == 201
    assert taking.taken == MAX_REQUEST_BYTES + 1 + len(b"email")


async def test_a_file_has_a_limit_of_its_own(settings: Settings, sign_in: SignIn) -> None:
    taking = Taking()

    async def endless() -> AsyncIterator[bytes]:
        piece = b" " * 8 * MAX_REQUEST_BYTES
        while True:
            yield piece

    assert await uploaded(settings, taking, sign_in(), endless()) == 413
    assert taking.taken <= MAX_UPLOAD_BYTES


async def test_a_file_whose_next_piece_does_not_come_is_given_up(
    settings: Settings, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector_registry.relaying.sending.PIECE_SECONDS", 0.01)

    async def stuck() -> AsyncIterator[bytes]:
        yield b"email"
        await asyncio.Event().wait()

    assert await uploaded(settings, Taking(), sign_in(), stuck()) == 408
