"""A second pretend API, which wants an access token of its own authorization server (OAuth 2.0): for the client itself,
or for a person who has allowed it.
"""

import base64
import binascii
import secrets
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qs, unquote_plus

from aiohttp import web

from connectors_local.demo.pretend_api.granting import Grants
from connectors_local.demo.pretend_api.replies import problem, reply

TOKEN: Final = "/oauth/token"
OFFERS: Final = "/v2/offers"
CLIENT_ID: Final = "connectors-demo"
CLIENT_SECRET: Final = "demo-loyalty-client-secret-0001"
TOKEN_SECONDS: Final = 3600
MOST_TOKENS: Final = 1000
NO_STORE: Final = {"Cache-Control": "no-store"}
LEVELS: Final = ((800, "Platinum", 20), (750, "Gold", 15), (700, "Silver", 10))


def offer_of(credit_score: int) -> dict[str, Any] | None:
    """None: nothing is offered."""
    for least, name, discount in LEVELS:
        if credit_score >= least:
            return {"name": name, "discountPercent": discount}
    return None


class Loyalty:
    """Tokens live for an hour. `monotonic` is their clock, in seconds."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._tokens: dict[str, float] = {}
        self.grants = Grants(CLIENT_ID, monotonic)

    async def token(self, request: web.BaseRequest) -> web.Response:
        """RFC 6749, 4.1.3, 4.4 and 6: the client proves itself by HTTP Basic (2.3.1)."""
        if request.method != "POST":
            return problem(405, "Use POST.", {"Allow": "POST"})
        if _client_of(request.headers.get("Authorization", "")) != (CLIENT_ID, CLIENT_SECRET):
            return reply({"error": "invalid_client"}, 401, {"WWW-Authenticate": "Basic"})
        form = parse_qs((await request.read()).decode("utf-8", "replace"))
        if form.get("grant_type") == ["client_credentials"]:
            return self._issued(form, {})
        if form.get("grant_type") not in (["authorization_code"], ["refresh_token"]):
            return reply({"error": "unsupported_grant_type"}, 400)
        refresh_token = self.grants.redeemed(form)
        if refresh_token is None:
            return reply({"error": "invalid_grant"}, 400)
        return self._issued(form, {"refresh_token": refresh_token})

    def _issued(self, form: dict[str, list[str]], more: dict[str, str]) -> web.Response:
        token = secrets.token_urlsafe(24)
        self._forget()
        self._tokens[token] = self._monotonic() + TOKEN_SECONDS
        told = {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS}
        return reply(told | more | {"scope": form.get("scope", [""])[0]}, headers=NO_STORE)

    async def offers(self, request: web.BaseRequest) -> web.Response:
        """What a credit score is offered; wants a bearer token."""
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self._tokens.get(token, 0.0) <= self._monotonic():
            return problem(401, "The access token is missing, unknown or expired.", {"WWW-Authenticate": "Bearer"})
        score = request.query.get("creditScore", "")
        if not score.isascii() or not score.isdecimal() or len(score) > 4:
            return problem(400, "The query parameter creditScore is a number of at most four digits.")
        return reply({"offer": offer_of(int(score)), "state": request.query.get("state")})

    def _forget(self) -> None:
        """Those that have expired, and the oldest where there are too many."""
        now = self._monotonic()
        kept = [(token, until) for token, until in self._tokens.items() if until > now]
        self._tokens = dict(kept[-MOST_TOKENS:])


def _client_of(header: str) -> tuple[str, str] | None:
    scheme, _, encoded = header.partition(" ")
    try:
        text = base64.b64decode(encoded, validate=True).decode() if scheme.lower() == "basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        return None
    name, colon, secret = text.partition(":")
    return (unquote_plus(name), unquote_plus(secret)) if colon else None
