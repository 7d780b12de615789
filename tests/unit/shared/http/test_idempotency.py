"""Which ends of a request free its Idempotency-Key, whoever raised them."""

from uuid import uuid4

import httpx2
import pytest
from fastapi import APIRouter, HTTPException, Query
from prometheus_client import CollectorRegistry
from starlette.requests import Request

from connectors_shared.http.access import Access
from connectors_shared.http.answers.memory import InMemoryIdempotentAnswers
from connectors_shared.http.api import rest_api
from connectors_shared.http.idempotency import PARAMETER, Earlier, Idempotency
from connectors_shared.http.observing import RequestMetrics
from connectors_shared.http.principal import Principal, Scope
from connectors_shared.http.problems import StoreUnavailableError, UnsupportedMediaTypeError

WORKSPACE = uuid4()


def client_of(answers: InMemoryIdempotentAnswers, error: Exception | None) -> httpx2.AsyncClient:
    """Of an app whose one route raises that."""

    async def authenticate(_request: Request) -> Principal:
        return Principal(WORKSPACE, "ann", scopes=frozenset(Scope))

    access = Access(authenticate)
    router = APIRouter(route_class=Idempotency(access, answers, b"secret").route_class)

    @router.post("/things", openapi_extra={"parameters": [dict(PARAMETER)]})
    async def make(
        number: int = Query(0), _principal: Principal = access.requires(Scope.CONNECTORS_EDIT)
    ) -> dict[str, int]:
        if error is not None:
            raise error
        return {"number": number}

    metrics = RequestMetrics("tests", CollectorRegistry())
    app = rest_api("connectors-shared", "Tests", "Of tests.", metrics)
    app.include_router(router)
    transport = httpx2.ASGITransport(app=app)
    return httpx2.AsyncClient(transport=transport, base_url="http://api", headers={"Idempotency-Key": "k"})


async def test_a_parameter_that_the_framework_refuses_frees_the_key() -> None:
    answers = InMemoryIdempotentAnswers()
    async with client_of(answers, None) as client:
        assert (await client.post("/things", params={"number": "x"})).status_code == 422
        assert (await client.post("/things")).status_code == 200


@pytest.mark.parametrize(
    ("error", "status", "is_free"),
    [
        (HTTPException(404), 404, True),
        (HTTPException(409), 409, True),
        (HTTPException(503), 503, False),
        (UnsupportedMediaTypeError(), 415, True),
        (StoreUnavailableError(), 503, False),
    ],
)
async def test_a_refusal_frees_the_key_and_a_fault_of_ours_does_not(
    error: Exception, status: int, is_free: bool
) -> None:
    answers = InMemoryIdempotentAnswers()
    async with client_of(answers, error) as client:
        assert (await client.post("/things")).status_code == status
    assert isinstance(await answers.begin(WORKSPACE, "k", b"another"), Earlier) is not is_free
