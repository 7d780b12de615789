"""Requests of the protocol as they go over the wire (RFC 6749, 7523, 7636), and what answers to them mean."""

import base64
import time
from collections.abc import Mapping
from typing import Annotated, Final
from urllib.parse import parse_qsl, quote
from uuid import uuid4

import jwt
import msgspec
from oauthlib.common import add_params_to_uri
from oauthlib.oauth2.rfc6749.parameters import prepare_token_request

from connector_registry.oauth.port import Answer, Ask, Issued, Refused, Unavailable
from connectors_shared.definition.auth.oauth2 import BASIC, POST, PRIVATE_KEY

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_SECONDS: Final = 120
MOST_LIFETIME_SECONDS: Final = 10 * 365 * 86_400.0
UNCLEAR_LIFETIME_SECONDS: Final = 300.0
"""Where a provider gives a lifetime that is none: -5, 0, soon."""
MOST_TOKEN_CHARACTERS: Final = 32_000
PASSING: Final = frozenset({408, 409, 423, 425, 429})
"""Statuses of the client's fault that say nothing about the grant."""
CODES: Final = frozenset(
    {
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
        "access_denied",
        "unsupported_response_type",
        "server_error",
        "temporarily_unavailable",
    }
)
"""Of errors (RFC 6749 4.1.2.1 and 5.2). All else that a provider says may repeat a secret, in whatever form, and is
told to nobody."""

TokenText = Annotated[str, msgspec.Meta(min_length=1, max_length=MOST_TOKEN_CHARACTERS, pattern=r"^[\x21-\x7e]+\Z")]


class Granted(msgspec.Struct):
    """A token as it is answered; providers write the number as text, too."""

    access_token: TokenText
    refresh_token: TokenText | None = None
    expires_in: float | str | None = None


class Trouble(msgspec.Struct):
    """An error as it is answered."""

    error: str = ""


GRANTED: Final = msgspec.json.Decoder(Granted)
TROUBLE: Final = msgspec.json.Decoder(Trouble)


def token_request(ask: Ask) -> tuple[tuple[tuple[str, str], ...], bytes]:
    """Headers and body of a call of the token endpoint."""
    public = ask.credential.public
    headers = [("Accept", "application/json"), ("Content-Type", "application/x-www-form-urlencoded")]
    more = dict(parse_qsl(public["parameters"], keep_blank_values=True)) | dict(ask.parameters)
    if public["audience"]:
        more["audience"] = public["audience"]
    way = public["client_authentication"]
    if way == BASIC:
        headers.append(("Authorization", _basic(public["client_id"], ask.secrets["client_secret"])))
    else:
        more |= {"client_id": public["client_id"]} | _proof(way, public, ask.secrets)
    body = prepare_token_request(more.pop("grant_type"), include_client_id=way != BASIC, **more)
    return tuple(headers), body.encode()


def authorization_url(public: Mapping[str, str], redirect_uri: str, state: str, challenge: str) -> str:
    """Where a person signs in."""
    parameters = {
        "response_type": "code",
        "client_id": public["client_id"],
        "redirect_uri": redirect_uri,
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    optional = {name: public[name] for name in ("scope", "audience") if public[name]}
    more = dict(parse_qsl(public["authorize_parameters"], keep_blank_values=True))
    url: str = add_params_to_uri(public["authorize_url"], list((more | optional | parameters).items()))
    return url


def read_answer(status: int, body: bytes, retry_seconds: float | None) -> Answer:
    """Of an error, its code and the status are told, and no word of the provider's own."""
    trouble = _trouble(body)
    if status == 200 and not trouble.error:
        granted = _granted(body)
        if isinstance(granted, Granted):
            return Issued(granted.access_token, granted.refresh_token, _lifetime(granted.expires_in))
        return Unavailable(granted, unanswered=True)
    said = f"The provider answered {status}" + _said(trouble)
    passing = status >= 500 or status in PASSING or trouble.error == "temporarily_unavailable"
    if passing or 200 < status < 400:
        return Unavailable(said, asked_seconds=retry_seconds)
    return Refused(said)


def _basic(client_id: str, secret: str) -> str:
    """Each is encoded as in a form first (RFC 6749 2.3.1)."""
    pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def _proof(way: str, public: Mapping[str, str], secrets: Mapping[str, str]) -> dict[str, str]:
    if way == POST:
        return {"client_secret": secrets["client_secret"]}
    if way != PRIVATE_KEY:
        return {}
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": _assertion(public, secrets["private_key"])}


def _assertion(public: Mapping[str, str], key: str) -> str:
    """RFC 7523 3; each is good for one request."""
    now = int(time.time())
    claims = {
        "iss": public["client_id"],
        "sub": public["client_id"],
        "aud": public["assertion_audience"] or public["token_url"],
        "iat": now,
        "exp": now + ASSERTION_SECONDS,
        "jti": str(uuid4()),
    }
    headers = {"kid": public["key_id"]} if public["key_id"] else None
    return jwt.encode(claims, key, public["algorithm"], headers)


def _granted(body: bytes) -> Granted | str:
    try:
        return GRANTED.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return msgspec.convert(dict(parse_qsl(body.decode("ascii"), max_num_fields=50)), Granted)
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError):
        return "The provider answered 200 without an access token that can be read."


def _trouble(body: bytes) -> Trouble:
    try:
        return TROUBLE.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Trouble()


def _lifetime(given: float | str | None) -> float | None:
    """None when the provider says nothing. What it says and means nothing is no promise that the token lasts."""
    if given is None:
        return None
    try:
        seconds = float(given)
    except ValueError:
        return UNCLEAR_LIFETIME_SECONDS
    return min(seconds, MOST_LIFETIME_SECONDS) if seconds > 0 else UNCLEAR_LIFETIME_SECONDS


def _said(trouble: Trouble) -> str:
    if trouble.error in CODES:
        return f": {trouble.error}."
    return " with an error code of its own." if trouble.error else "."
