"""A browser signs in, stays signed in by a cookie, and nobody else can use that."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import jwt
import pytest

from connector_registry.sessions.cookie import NAME
from connectors_local.console.links import sign_in_link
from tests.unit.registry.conftest import JWT_SECRET, WORKSPACE

CONSOLE = {"X-Connectors-Console": "1"}
SignIn = Callable[..., dict[str, str]]


@pytest.fixture
def browser(client: httpx2.AsyncClient) -> httpx2.AsyncClient:
    """Without a token of its own; it keeps cookies."""
    del client.headers["Authorization"]
    return client


def token_of(headers: dict[str, str]) -> str:
    return headers["Authorization"].removeprefix("Bearer ")


def a_code(**claims: Any) -> str:
    usual = {
        "sub": "ann",
        "aud": "connectors-sign-in",
        "jti": "one",
        "exp": datetime.now(UTC) + timedelta(hours=1),
        "workspace_id": str(WORKSPACE),
        "scope": "connectors:read",
    }
    return jwt.encode(usual | claims, JWT_SECRET, algorithm="HS256")


async def enter(browser: httpx2.AsyncClient, **proof: str) -> httpx2.Response:
    return await browser.post("/api/session", json=proof, headers=CONSOLE)


async def test_a_token_becomes_a_cookie_that_no_page_reads(browser: httpx2.AsyncClient, sign_in: SignIn) -> None:
    answer = await enter(browser, token=token_of(sign_in()))
    assert answer.status_code == 204, answer.text
    cookie = answer.headers["set-cookie"].lower()
    assert all(part in cookie for part in ("httponly", "samesite=strict", "path=/api"))
    assert "max-age" not in cookie
    assert (await browser.get("/api/connectors", headers=CONSOLE)).status_code == 200
    session = (await browser.get("/api/session", headers=CONSOLE)).json()
    assert session["user_id"] == "ann"
    assert "connectors:edit" in session["scopes"]


async def test_without_the_header_of_the_console_the_cookie_is_nobodys(
    browser: httpx2.AsyncClient, sign_in: SignIn
) -> None:
    await enter(browser, token=token_of(sign_in()))
    assert (await browser.get("/api/connectors")).status_code == 401
    assert (await browser.post("/api/connectors", json={})).status_code == 401


async def test_no_other_origin_is_allowed_that_header(browser: httpx2.AsyncClient) -> None:
    asked = {
        "Origin": "https://console.example",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "x-connectors-console",
    }
    answer = await browser.options("/api/connectors", headers=asked)
    assert answer.status_code == 400
    assert "console" not in answer.headers.get("access-control-allow-headers", "").lower()


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_only_the_console_signs_in_and_out(browser: httpx2.AsyncClient, method: str) -> None:
    answer = await browser.request(method, "/api/session", json={"token": "x"} if method == "POST" else None)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not-by-console")


async def test_a_token_that_is_not_valid_leaves_no_cookie(browser: httpx2.AsyncClient) -> None:
    answer = await enter(browser, token="none")
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers


async def test_signing_out_forgets_the_token(browser: httpx2.AsyncClient, sign_in: SignIn) -> None:
    await enter(browser, token=token_of(sign_in()))
    assert (await browser.delete("/api/session", headers=CONSOLE)).status_code == 204
    assert NAME not in browser.cookies
    assert (await browser.get("/api/session", headers=CONSOLE)).status_code == 401


async def test_a_header_of_its_own_is_worth_more_than_the_cookie(browser: httpx2.AsyncClient, sign_in: SignIn) -> None:
    await enter(browser, token=token_of(sign_in()))
    headers = CONSOLE | sign_in(scopes=["connectors:read"])
    assert (await browser.get("/api/session", headers=headers)).json()["scopes"] == ["connectors:read"]


async def test_a_link_signs_in_once(browser: httpx2.AsyncClient) -> None:
    link = sign_in_link("http://registry", JWT_SECRET, WORKSPACE, "/tools/flows/1")
    assert httpx2.URL(link).params["to"] == "/tools/flows/1"
    code = httpx2.URL(link).params["code"]
    answer = await enter(browser, code=code)
    assert answer.status_code == 204, answer.text
    session = (await browser.get("/api/session", headers=CONSOLE)).json()
    assert session["workspace_id"] == str(WORKSPACE)
    assert (await browser.get("/api/connectors", headers=CONSOLE)).status_code == 200
    assert (await enter(browser, code=code)).status_code == 401


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "authenticated"},
        {"exp": datetime.now(UTC) - timedelta(hours=1)},
        {"exp": datetime.now(UTC) + timedelta(hours=48)},
        {"workspace_id": "none"},
    ],
    ids=["a token", "too late", "good for longer than its use is remembered", "of no workspace"],
)
async def test_what_is_no_code_any_more_signs_nobody_in(browser: httpx2.AsyncClient, claims: dict[str, Any]) -> None:
    assert (await enter(browser, code=a_code(**claims))).status_code == 401


async def test_a_code_is_no_token(browser: httpx2.AsyncClient) -> None:
    assert (await browser.get("/api/connectors", headers={"Authorization": f"Bearer {a_code()}"})).status_code == 401


async def test_it_takes_a_token_or_a_code(browser: httpx2.AsyncClient) -> None:
    assert (await enter(browser)).status_code == 422
    answer = await enter(browser, token="canary-secret", code="x")
    assert answer.status_code == 422
    assert "canary" not in answer.text
