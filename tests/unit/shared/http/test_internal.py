"""The internal API opens to its one token and to nothing else."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx2
import pytest
from fastapi import Depends, FastAPI
from pydantic import SecretStr

from connectors_shared.http.internal import internal_caller
from connectors_shared.http.problems import MEDIA_TYPE, install_problem_handlers

TOKEN = "internal-token-for-tests-0123456789abcdef"
Open = Callable[[SecretStr | None], AbstractAsyncContextManager[httpx2.AsyncClient]]


@asynccontextmanager
async def client_of(token: SecretStr | None) -> AsyncIterator[httpx2.AsyncClient]:
    app = FastAPI()
    install_problem_handlers(app)

    @app.get("/inside", dependencies=[Depends(internal_caller(token))])
    async def inside() -> str:
        return "inside"

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://service") as client:
        yield client


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
async def test_the_token_opens_it(scheme: str) -> None:
    async with client_of(SecretStr(TOKEN)) as client:
        response = await client.get("/inside", headers={"Authorization": f"{scheme} {TOKEN}"})
    assert (response.status_code, response.json()) == (200, "inside")


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        TOKEN,
        f"Basic {TOKEN}",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN.upper()}",
        b"Bearer \xff\xfe",
    ],
)
async def test_anything_else_is_told_how_to_sign_in_and_not_repeated(header: str | bytes | None) -> None:
    async with client_of(SecretStr(TOKEN)) as client:
        response = await client.get("/inside", headers=[("Authorization", header)] if header is not None else [])
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert response.headers["Content-Type"] == MEDIA_TYPE
    problem = response.json()
    assert (problem["type"], problem["status"]) == ("/problems/unauthorized", 401)
    assert TOKEN not in response.text


@pytest.mark.parametrize("header", [{}, {"Authorization": f"Bearer {TOKEN}"}])
async def test_without_a_token_of_its_own_a_service_says_what_to_set(header: dict[str, str]) -> None:
    async with client_of(None) as client:
        response = await client.get("/inside", headers=header)
    assert response.status_code == 503
    assert response.json()["type"] == "/problems/internal-api-off"
    assert "set CONNECTORS_INTERNAL_TOKEN" in response.json()["detail"]


def test_a_token_that_can_be_guessed_is_refused_and_not_repeated() -> None:
    with pytest.raises(ValueError, match="CONNECTORS_INTERNAL_TOKEN needs at least 32") as caught:
        internal_caller(SecretStr("short-canary"))
    assert "canary" not in str(caught.value)
    internal_caller(SecretStr("x" * 32))
