"""Which ends of a request free its Idempotency-Key, whoever raised them."""

from uuid import uuid4

import httpx2
import pytest
from fastapi import APIRouter, HTTPException, Query
from prometheus_client import CollectorRegistry
from starlette.requests import Request

from connectors_shared.http.access import Access
from connectors_shared.http.api import rest_api
from connectors_shared.http.idempotency import PARAMETER, Answer, Earlier, Idempotency
from connectors_shared.http.observing import RequestMetrics
from connectors_shared.http.principal import Principal, Scope

WORKSPACE = uuid4()


class OneWorkspacesAnswers:
    """By key."""

    def __init__(self) -> None:
        self.held: dict[str, Earlier] = {}

    async def begin(self, _workspace: object, key: str, fingerprint: bytes) -> Earlier | None:
        earlier = self.held.get(key)
        if earlier is None:
            self.held[key] = Earlier(fingerprint, None)
        return earlier

    async def finish(self, _workspace: object, key: str, answer: Answer) -> None:
        self.held[key] = Earlier(self.held[key].fingerprint, answer)

    async def forget(self, _workspace: object, key: str) -> None:
        del self.held[key]


def client_of(answers: OneWorkspacesAnswers, status: int | None) -> httpx2.AsyncClient:
    """Of an app whose one route raises the framework's exception of that status."""

    async def authenticate(_request: Request) -> Principal:
        return Principal(WORKSPACE, "ann", scopes=frozenset(Scope))

    access = Access(authenticate)
    router = APIRouter(route_class=Idempotency(access, answers, b"secret").route_class)

    @router.post("/things", openapi_extra={"parameters": [dict(PARAMETER)]})
    async def make(
        number: int = Query(0), _principal: Principal = access.requires(Scope.CONNECTORS_EDIT)
    ) -> dict[str, int]:
        if status is not None:
            raise HTTPException(status)
        return {"number": number}

    metrics = RequestMetrics("tests", CollectorRegistry())
    app = rest_api("connectors-shared", "Tests", "Of tests.", metrics)
    app.include_router(router)
    transport = httpx2.ASGITransport(app=app)
    return httpx2.AsyncClient(transport=transport, base_url="http://api", headers={"Idempotency-Key": "k"})


async def test_a_parameter_that_the_framework_refuses_frees_the_key() -> None:
    answers = OneWorkspacesAnswers()
    async with client_of(answers, None) as client:
        assert (await client.post("/things", params={"number": "x"})).status_code == 422
        assert answers.held == {}
        assert (await client.post("/things")).status_code == 200


@pytest.mark.parametrize(("status", "is_free"), [(404, True), (409, True), (500, False), (503, False)])
async def test_an_exception_of_the_framework_frees_the_key_when_the_caller_is_wrong(status: int, is_free: bool) -> None:
    answers = OneWorkspacesAnswers()
    async with client_of(answers, status) as client:
        assert (await client.post("/things")).status_code == status
    assert ("k" not in answers.held) is is_free
