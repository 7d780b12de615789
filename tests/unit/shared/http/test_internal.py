"""The internal API opens to those whom it knows, each by a secret of their own, and to nobody else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest
from fastapi import Depends, FastAPI, Request

from connectors_shared.http.actor import actor_of
from connectors_shared.http.internal import internal_caller
from connectors_shared.http.problems import MEDIA_TYPE, install_problem_handlers
from connectors_shared.runtime.identities import Identities

TOKEN = "internal-token-for-tests-0123456789abcdef"
NEXT = "the-next-token-for-tests-0123456789abcdef"
OTHER = "another-caller-of-tests-0123456789abcdef"
KNOWN = f"registry:{TOKEN}, registry:{NEXT},operator:{OTHER}"


@asynccontextmanager
async def client_of(callers: str, *allowed: str) -> AsyncIterator[httpx2.AsyncClient]:
    """Its one route answers who calls."""
    app = FastAPI()
    install_problem_handlers(app)

    @app.get("/inside", dependencies=[Depends(internal_caller(Identities.parse(callers), *allowed))])
    async def inside(request: Request) -> str | None:
        return actor_of(request.scope).kind

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://service") as client:
        yield client


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
@pytest.mark.parametrize(("token", "name"), [(TOKEN, "registry"), (NEXT, "registry"), (OTHER, "operator")])
async def test_each_caller_is_known_by_each_of_their_secrets(scheme: str, token: str, name: str) -> None:
    async with client_of(KNOWN) as client:
        response = await client.get("/inside", headers={"Authorization": f"{scheme} {token}"})
    assert (response.status_code, response.json()) == (200, name)


async def test_what_is_for_one_caller_is_refused_to_another() -> None:
    async with client_of(KNOWN, "registry") as client:
        refused = await client.get("/inside", headers={"Authorization": f"Bearer {OTHER}"})
        assert (await client.get("/inside", headers={"Authorization": f"Bearer {NEXT}"})).status_code == 200
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/not-this-caller")
    assert "you are operator" in refused.json()["detail"]


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
        f"Bearer registry:{TOKEN}",
        b"Bearer \xff\xfe",
    ],
)
async def test_anything_else_is_told_how_to_sign_in_and_not_repeated(header: str | bytes | None) -> None:
    async with client_of(KNOWN) as client:
        response = await client.get("/inside", headers=[("Authorization", header)] if header is not None else [])
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert response.headers["Content-Type"] == MEDIA_TYPE
    problem = response.json()
    assert (problem["type"], problem["status"]) == ("/problems/unauthorized", 401)
    assert TOKEN not in response.text


@pytest.mark.parametrize("header", [{}, {"Authorization": f"Bearer {TOKEN}"}])
async def test_without_callers_a_service_says_what_to_set(header: dict[str, str]) -> None:
    async with client_of("") as client:
        response = await client.get("/inside", headers=header)
    assert response.status_code == 503
    assert response.json()["type"] == "/problems/internal-api-off"
    assert "set CONNECTORS_INTERNAL_CALLERS" in response.json()["detail"]


@pytest.mark.parametrize(
    ("callers", "hint"),
    [
        ("registry:short-canary", "at least 32"),
        (f"{TOKEN}-canary", "name:secret"),
        (f"Registry:{TOKEN}-canary", "name:secret"),
        (f"registry:{TOKEN}:canary", "name:secret"),
        (f"registry:{TOKEN} canary", "name:secret"),
        (f"registry:{TOKEN}-canary,operator:{TOKEN}-canary", "registry and operator"),
    ],
)
def test_callers_that_could_be_guessed_or_mistaken_are_refused_and_not_repeated(callers: str, hint: str) -> None:
    with pytest.raises(ValueError, match=hint) as caught:
        Identities.parse(callers)
    assert "canary" not in str(caught.value)


def test_secrets_are_not_shown() -> None:
    known = Identities.parse(KNOWN)
    assert TOKEN not in repr(known.secrets) + repr(known)
    assert not Identities.parse(" , ")
