"""What every API has: scopes, a complete Allow, limits, headers, a log line, measurements, a whole document."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

import httpx2
import pytest
from fastapi import APIRouter, FastAPI, Query
from prometheus_client import CollectorRegistry, generate_latest
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from structlog.testing import CapturingLogger

from connectors_shared.http import observing
from connectors_shared.http.access import Access
from connectors_shared.http.api import rest_api
from connectors_shared.http.body_limit import MAX_REQUEST_BYTES
from connectors_shared.http.internal_pages import internal_pages
from connectors_shared.http.observing import RequestMetrics
from connectors_shared.http.openapi import request_body
from connectors_shared.http.parameters import takes_any_parameter
from connectors_shared.http.principal import Principal, Scope
from connectors_shared.http.problems import ProblemError, problem_responses
from connectors_shared.http.request_limits import RequestLimits
from connectors_shared.http.tokens import SharedSecret, token_authenticator
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.server import ByPort
from tests.tokens import bearer

SECRET = "a-secret-only-for-tests-0123456789abcdef"
PREFLIGHT = {"Origin": "https://console.example", "Access-Control-Request-Method": "POST"}
WORKSPACE = UUID(int=7)


class Part(BaseModel):
    size: int


class Thing(BaseModel):
    name: str
    parts: list[Part] = []


class TakenError(ProblemError):
    status = 409
    kind = "taken"
    title = "Taken"


class StoppedClock(SystemClock):
    def monotonic(self) -> float:
        return 0.0


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def app(registry: CollectorRegistry) -> FastAPI:
    app = rest_api("connectors-shared", "Things", "All of them.", RequestMetrics("things", registry))
    access = Access(token_authenticator(SharedSecret(SECRET)), RequestLimits(60, StoppedClock()))
    reader, editor = access.requires(Scope.CONNECTORS_READ), access.requires(Scope.CONNECTORS_EDIT)
    router = APIRouter(prefix="/api")

    @router.get("/things")
    async def things(who: Principal = reader) -> list[Thing]:
        return []

    @router.post("/things", status_code=201, openapi_extra=request_body(Thing), responses=problem_responses(TakenError))
    async def create(request: Request, who: Principal = editor) -> Thing:
        return Thing(name=who.user_id)

    @router.delete("/things/{name}", status_code=204)
    async def delete(name: str, who: Principal = editor) -> Response:
        raise RuntimeError(name)

    @router.get("/passed-on")
    @takes_any_parameter
    async def passed_on() -> list[Thing]:
        return []

    @router.get("/filtered")
    async def filtered(who: Principal = reader, most: Annotated[int, Query(alias="limit")] = 1) -> list[Thing]:
        return []

    @router.get("/things/{name}")
    @takes_any_parameter
    async def one(name: str, who: Principal = reader) -> Response:
        return Response(headers={"Cache-Control": "max-age=3"})

    app.include_router(router)
    return app


def signed(*scopes: str, **claims: Any) -> dict[str, str]:
    return bearer(SECRET, WORKSPACE, scopes, **claims)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://service") as client:
        yield client


async def test_who_lacks_the_scope_is_told_which(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/api/things", headers=signed("connectors:read", "contacts:edit"))
    assert answer.status_code == 403
    assert answer.json()["type"] == "/problems/missing-scope"
    assert "connectors:edit" in answer.json()["detail"]
    assert 'scope="connectors:edit"' in answer.headers["www-authenticate"]
    assert (await client.post("/api/things", headers=signed("connectors:edit"))).status_code == 201


async def test_a_parameter_that_a_route_does_not_have_is_refused_by_name(client: httpx2.AsyncClient) -> None:
    who = signed("connectors:read")
    answer = await client.get("/api/filtered?limit=2&most=3&limits=4&a/b=", headers=who)
    detail = "is not a parameter here; check its spelling"
    told = [{"pointer": pointer, "detail": detail} for pointer in ("/most", "/limits", "/a~1b")]
    assert (answer.status_code, answer.json()["errors"]) == (422, told)
    assert (await client.get("/api/filtered?limit=2", headers=who)).status_code == 200
    assert (await client.get("/api/things?x=1", headers=who)).status_code == 422
    assert (await client.get("/api/passed-on?x=1")).status_code == 200


async def test_an_address_that_nothing_has_says_so(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/api/thing?x=1")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/no-such-address")
    assert answer.json()["detail"]


async def test_a_slash_too_many_leads_nowhere(client: httpx2.AsyncClient) -> None:
    """Where a redirect leads to is an address of this process, or whatever the caller says of it."""
    answer = await client.get("/api/things/", headers=signed("connectors:read") | {"Host": "evil.example"})
    assert (answer.status_code, answer.headers.get("location")) == (404, None)


async def test_the_key_of_a_flow_changes_nothing_whatever_it_says(client: httpx2.AsyncClient) -> None:
    flow = signed("connectors:read", "connectors:edit", kind="flow")
    assert (await client.get("/api/things", headers=flow)).status_code == 200
    assert (await client.post("/api/things", headers=flow)).status_code == 403


async def test_a_method_that_is_not_known_is_told_all_that_are(client: httpx2.AsyncClient) -> None:
    for path, allowed in (("/api/things", "GET, POST"), ("/api/things/x", "GET, DELETE")):
        answer = await client.request("PATCH", path)
        assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_workspace_that_asks_too_often_is_told_when_to_come_again(client: httpx2.AsyncClient) -> None:
    headers = signed("connectors:read")
    answers = [await client.get("/api/things", headers=headers) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert answers[-1].headers["retry-after"] == "1"
    assert {answer.headers["ratelimit-policy"] for answer in answers} == {'"workspace";q=10;w=10'}
    told = [answer.headers["ratelimit"] for answer in answers]
    assert (told[0], told[9], told[10]) == ('"workspace";r=9;t=1', '"workspace";r=0;t=10', '"workspace";r=0;t=10')
    assert answers[-1].json()["type"] == "/problems/too-many-requests"
    other = bearer(SECRET, UUID(int=8), ["connectors:read"])
    assert (await client.get("/api/things", headers=other)).status_code == 200


async def test_answers_are_for_nobody_elses_eyes(client: httpx2.AsyncClient) -> None:
    fault = await client.delete("/api/things/x", headers=signed("connectors:edit"))
    assert fault.status_code == 500
    assert (await client.options("/api/things", headers=PREFLIGHT)).status_code == 405
    large = await client.post("/api/things", content=b" " * (MAX_REQUEST_BYTES + 1))
    for answer in (await client.get("/nowhere"), await client.get("/api/things"), fault, large):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    own = await client.get("/api/things/x", headers=signed("connectors:read"))
    assert own.headers["cache-control"] == "max-age=3"


async def test_a_line_says_who_asked_for_what_and_holds_nothing_private(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = CapturingLogger()
    monkeypatch.setattr(observing, "log", log)
    headers = signed("connectors:read", kind="service", sub="nightly")
    await client.get("/api/things/canary-name?q=canary-query", headers=headers)
    await client.get("/canary-path?q=canary-query")
    known, unknown = (call.kwargs for call in log.calls)
    assert "canary" not in repr(log.calls)
    assert (known["kind"], known["user"], known["workspace"]) == ("service", "nightly", str(WORKSPACE))
    assert (known["method"], known["route"], known["status"]) == ("GET", "/api/things/{name}", 200)
    assert known["duration_ms"] >= 0
    assert (unknown["kind"], unknown["route"], unknown["status"]) == (None, "unmatched", 404)


async def test_requests_are_counted_by_route(client: httpx2.AsyncClient, registry: CollectorRegistry) -> None:
    await client.get("/api/things/x", headers=signed("connectors:read"))
    await client.delete("/api/things/x", headers=signed("connectors:edit"))
    await client.request("BREW", "/elsewhere")
    text = generate_latest(registry).decode()
    assert 'things_requests_total{method="GET",route="/api/things/{name}",status="200"} 1.0' in text
    assert 'things_requests_total{method="DELETE",route="/api/things/{name}",status="500"} 1.0' in text
    assert 'things_requests_total{method="other",route="unmatched",status="404"} 1.0' in text
    assert 'things_request_duration_seconds_count{method="GET",route="/api/things/{name}"} 1.0' in text


def test_the_document_names_scope_body_and_every_status(app: FastAPI) -> None:
    document = app.openapi()
    create = document["paths"]["/api/things"]["post"]
    assert create["security"] == [{"bearer": ["connectors:edit"]}]
    assert set(create["responses"]) == {"201", "400", "401", "403", "409", "413", "415", "422", "429", "503"}
    assert list(create["responses"]["409"]["content"]) == ["application/problem+json"]
    assert create["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Thing"}
    assert {"Thing", "Part", "Problem", "FieldProblem"} <= set(document["components"]["schemas"])
    assert document["components"]["securitySchemes"]["bearer"]["bearerFormat"] == "JWT"
    assert set(document["paths"]["/api/things"]["get"]["responses"]) == {"200", "401", "403", "422", "429", "503"}
    assert set(document["paths"]["/api/things/{name}"]["get"]["responses"]) == {
        "200",
        "401",
        "403",
        "422",
        "429",
        "503",
    }


async def test_what_is_for_operators_is_on_another_port(app: FastAPI, registry: CollectorRegistry) -> None:
    both = ByPort(app, internal_pages(app, {}, registry), 9000)
    for port, status in ((9000, 200), (8000, 404)):
        async with httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=both), base_url=f"http://service:{port}"
        ) as client:
            for path in ("/metrics", "/docs", "/openapi.json"):
                assert (await client.get(path)).status_code == status, (port, path)


async def test_who_goes_away_within_a_request_is_no_fault_of_ours(app: FastAPI, registry: CollectorRegistry) -> None:
    @app.post("/uploads")
    async def upload(request: Request) -> str:
        return str(len(await request.body()))

    messages = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])

    async def receive() -> Any:
        return next(messages)

    async def send(_message: Any) -> None:
        return None

    scope = {"type": "http", "method": "POST", "path": "/uploads", "query_string": b"", "headers": [], "server": None}
    await app(scope, receive, send)
    text = generate_latest(registry).decode()
    assert 'things_requests_total{method="POST",route="/uploads",status="400"} 1.0' in text


def test_a_body_that_is_read_before_its_caller_is_known_is_refused_when_the_document_is_made(app: FastAPI) -> None:
    @app.post("/careless")
    async def careless(thing: Thing) -> None:
        return None

    with pytest.raises(TypeError, match="body_of"):
        app.openapi()
