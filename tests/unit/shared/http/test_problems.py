"""Every refusal is a problem document that points at the field and repeats nothing that was sent."""

from collections.abc import AsyncIterator, Mapping
from typing import Annotated, ClassVar

import asyncpg
import httpx2
import pytest
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict, Field, field_validator

from connectors_shared.http.problems import (
    MEDIA_TYPE,
    FieldProblem,
    ProblemError,
    StoreUnavailableError,
    add_problems,
    field_problems,
    install_problem_handlers,
    problem_responses,
)

SECRET = "do-not-repeat-me-4711"


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")
    size: Annotated[int, Field(ge=1)]


class Order(BaseModel):
    parts: list[Part] = Field(default_factory=list)
    token: Annotated[str, Field(max_length=5)] = ""
    odd: dict[str, int] = Field(default_factory=dict)
    even: int = 0

    @field_validator("even")
    @classmethod
    def _is_even(cls, value: int) -> int:
        if value % 2:
            raise ValueError("must be even")
        return value


class TakenError(ProblemError):
    status = 409
    kind = "taken"
    title = "Taken"
    detail = "Choose another."
    sends: ClassVar[Mapping[str, str]] = {"Retry-After": "Seconds."}


class GoneError(ProblemError):
    status = 409
    kind = "gone"
    title = "Gone"


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    app = FastAPI()
    install_problem_handlers(app, {TimeoutError: lambda _error: StoreUnavailableError(headers={"Retry-After": "2"})})

    @app.post("/orders")
    async def order(order: Order, limit: int = 1) -> Order:
        return order

    @app.get("/taken")
    async def taken() -> None:
        raise TakenError(errors=[FieldProblem(pointer="/name", detail="is taken")], headers={"Retry-After": "3"})

    @app.get("/away")
    async def away() -> None:
        raise TimeoutError(SECRET)

    @app.get("/teapot")
    async def teapot() -> None:
        raise HTTPException(418, "short and stout", headers={"X-Tea": "green"})

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError(SECRET)

    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://service") as client:
        yield client


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"parts": [{"size": 1}, {"size": SECRET}]}, "/parts/1/size"),
        ({"parts": [{}]}, "/parts/0/size"),
        ({"parts": [{"size": 1, "colour": SECRET}]}, "/parts/0/colour"),
        ({"token": SECRET}, "/token"),
        ({"odd": {"a/b~c": SECRET}}, "/odd/a~1b~0c"),
        ({"even": 4711}, "/even"),
    ],
)
async def test_a_wrong_field_is_pointed_at_and_not_repeated(
    client: httpx2.AsyncClient, body: dict[str, object], pointer: str
) -> None:
    answer = await client.post("/orders", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert "4711" not in answer.text


async def test_a_wrong_query_parameter_is_pointed_at(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/orders?limit=many", json={})
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/limit"]


async def test_words_of_the_validation_library_are_put_plainly(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/orders", json={"parts": [{"colour": 1}], "even": 3})
    details = {error["pointer"]: error["detail"] for error in answer.json()["errors"]}
    assert details["/parts/0/size"] == "is required"
    assert details["/parts/0/colour"] == "is not a field here; check its spelling"
    assert details["/even"] == "must be even"


async def test_a_raised_problem_keeps_its_status_errors_and_headers(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/taken")
    assert (answer.status_code, answer.headers["retry-after"]) == (409, "3")
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert answer.json() == {
        "type": "/problems/taken",
        "title": "Taken",
        "status": 409,
        "detail": "Choose another.",
        "instance": "/taken",
        "errors": [{"pointer": "/name", "detail": "is taken"}],
    }


@pytest.mark.parametrize(("path", "status"), [("/teapot", 418), ("/nowhere", 404), ("/orders", 405)])
async def test_the_frameworks_own_refusals_are_problem_documents(
    client: httpx2.AsyncClient, path: str, status: int
) -> None:
    answer = await client.get(path)
    assert answer.status_code == answer.json()["status"] == status
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert answer.json()["instance"] == path


async def test_headers_of_a_refusal_are_kept(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/teapot")).headers["x-tea"] == "green"


async def test_an_unexpected_error_tells_nothing_of_its_inside(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/broken")
    assert answer.status_code == 500
    assert answer.json()["type"] == "/problems/internal"
    assert SECRET not in answer.text
    assert "RuntimeError" not in answer.text


def test_a_problem_of_the_whole_document_points_at_its_root() -> None:
    assert field_problems([{"loc": (), "type": "value_error", "msg": "Value error, is empty"}]) == [
        FieldProblem(pointer="", detail="is empty")
    ]


async def test_what_a_library_raises_is_the_problem_that_it_was_said_to_be(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/away")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert answer.json()["type"] == "/problems/store-unavailable"
    assert SECRET not in answer.text


def test_problems_of_one_status_are_told_of_together_with_the_headers_they_send() -> None:
    responses = problem_responses(TakenError, GoneError, TakenError, StoreUnavailableError)
    assert list(responses) == [409, 503]
    assert responses[409]["description"] == "Taken. Gone."
    assert set(responses[409]["headers"]) == {"Retry-After"}
    [_, own] = responses[409]["content"][MEDIA_TYPE]["schema"]["allOf"]
    assert own["properties"]["type"]["enum"] == ["/problems/taken", "/problems/gone"]


def test_what_is_told_already_is_kept_beside_it() -> None:
    responses: dict[str, object] = {"200": {"description": "Good."}}
    add_problems(responses, TakenError)
    told = problem_responses(TakenError)[409]
    assert responses == {"200": {"description": "Good."}, "409": told}


@pytest.mark.parametrize("raised", [asyncpg.QueryCanceledError("statement timeout"), TimeoutError()])
async def test_a_statement_that_took_too_long_is_a_store_that_does_not_answer(raised: Exception) -> None:
    app = FastAPI()
    install_problem_handlers(app)

    @app.get("/slow")
    async def slow() -> None:
        raise raised

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://api") as client:
        answer = await client.get("/slow")
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/store-unavailable")
    assert int(answer.headers["retry-after"]) > 0
