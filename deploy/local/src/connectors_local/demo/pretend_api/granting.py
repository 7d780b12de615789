"""A person signs in at the pretend authorization server and grants access (RFC 6749 4.1, RFC 7636)."""

import base64
import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from aiohttp import web

from connectors_local.demo.pretend_api.replies import problem

AUTHORIZE: Final = "/oauth/authorize"
CODE_SECONDS: Final = 60
MOST: Final = 1000
"""Codes and refresh tokens that are remembered; the oldest are forgotten."""
PAGE: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Loyalty: allow access?</title>
<body style="font: 16px/24px system-ui; max-width: 420px; margin: 15vh auto; padding: 0 16px">
<h1 style="font-size: 22px">Loyalty</h1>
<p><strong>{client}</strong> asks for access to your account.</p>
<form method="post" action="{action}">
<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button>
</form>
</body></html>
"""


@dataclass(frozen=True, slots=True)
class Code:
    """What was granted, and to whom it may be told."""

    redirect_uri: str
    challenge: str
    good_until: float


class Grants:
    """Each code, and each refresh token, is good once. `monotonic` is the clock of codes, in seconds."""

    def __init__(self, client_id: str, monotonic: Callable[[], float]) -> None:
        self._client_id = client_id
        self._monotonic = monotonic
        self._codes: dict[str, Code] = {}
        self._refresh_tokens: dict[str, None] = {}

    async def authorize(self, request: web.BaseRequest) -> web.Response:
        """GET shows the page, and its form sends the decision."""
        query = request.query
        redirect_uri = query.get("redirect_uri", "")
        if query.get("client_id") != self._client_id or not _is_ours(redirect_uri):
            return problem(400, "The client is unknown, or wants to be told at an address that is none of its own.")
        if query.get("response_type") != "code" or query.get("code_challenge_method") != "S256":
            return problem(400, "Only codes with a proof key (S256) are granted.")
        if request.method == "GET":
            page = PAGE.format(client=escape(self._client_id), action=escape(request.raw_path))
            return web.Response(text=page, content_type="text/html")
        form = parse_qs((await request.read()).decode("utf-8", "replace"))
        told = {"state": query.get("state", "")}
        if form.get("decision") == ["allow"]:
            told["code"] = self._granted(redirect_uri, query.get("code_challenge", ""))
        else:
            told["error"] = "access_denied"
        return web.Response(status=303, headers={"Location": f"{redirect_uri}?{urlencode(told)}"})

    def redeemed(self, form: Mapping[str, list[str]]) -> str | None:
        """The refresh token that goes with the access token; None: it is refused."""
        if form.get("grant_type") == ["refresh_token"]:
            known = self._refresh_tokens.pop(_one(form, "refresh_token"), "unknown")
            return None if known == "unknown" else self._refresh_token()
        code = self._codes.pop(_one(form, "code"), None)
        if code is None or code.good_until < self._monotonic() or code.redirect_uri != _one(form, "redirect_uri"):
            return None
        return self._refresh_token() if _challenge(_one(form, "code_verifier")) == code.challenge else None

    def _granted(self, redirect_uri: str, challenge: str) -> str:
        code = secrets.token_urlsafe(24)
        self._codes[code] = Code(redirect_uri, challenge, self._monotonic() + CODE_SECONDS)
        _forget(self._codes)
        return code

    def _refresh_token(self) -> str:
        token = secrets.token_urlsafe(24)
        self._refresh_tokens[token] = None
        _forget(self._refresh_tokens)
        return token


def _is_ours(uri: str) -> bool:
    """Registries of this machine only."""
    parts = urlsplit(uri)
    return parts.hostname in ("127.0.0.1", "localhost", "::1") and parts.path == "/api/oauth/callback"


def _one(form: Mapping[str, list[str]], name: str) -> str:
    return form.get(name, [""])[0]


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _forget(kept: dict[str, Any]) -> None:
    while len(kept) > MOST:
        del kept[next(iter(kept))]
