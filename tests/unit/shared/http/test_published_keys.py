"""Tokens signed with published keys: rotation, an issuer that is away, and keys of another kind than they say."""

import asyncio
import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from starlette.requests import Request

from connectors_shared.http.problems import ProblemError
from connectors_shared.http.published_keys import (
    ASK_AGAIN_SECONDS,
    KEPT_SECONDS,
    MOST_BYTES,
    PublishedKeys,
    usable_keys,
)
from connectors_shared.http.tokens import SharedSecret, token_authenticator
from connectors_shared.runtime.clock import SystemClock

URL = "https://issuer.example/.well-known/jwks.json"
SECRET = "a-secret-only-for-tests-0123456789abcdef"
RSA_KEY = rsa.generate_private_key(65537, 2048)
EC_KEY, NEXT_EC_KEY = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))


def published(key: Any, kid: str, **fields: Any) -> dict[str, Any]:
    algorithm: Any = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
    return {**algorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, "use": "sig"} | fields


class Issuer(SystemClock):
    """Answers with `keys`, as a clock with `seconds`."""

    def __init__(self, *keys: dict[str, Any]) -> None:
        self.keys = list(keys)
        self.seconds = 1000.0
        self.asked = 0
        self.answer: httpx2.Response | Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        client = httpx2.AsyncClient(transport=httpx2.MockTransport(self._handle))
        self.published = PublishedKeys(client, URL, self)
        self.authenticate = token_authenticator(SharedSecret(SECRET), self.published)

    def monotonic(self) -> float:
        return self.seconds

    async def _handle(self, _request: httpx2.Request) -> httpx2.Response:
        self.asked += 1
        await self.gate.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer or httpx2.Response(200, json={"keys": self.keys})

    async def status(self, request: Request) -> int:
        try:
            await self.authenticate(request)
        except ProblemError as error:
            return error.problem.status
        return 200


def signed(key: Any, algorithm: str, kid: str | None) -> Request:
    claims = {"sub": "ann", "aud": "authenticated", "workspace_id": str(UUID(int=1)), "scope": "connectors:read"}
    expires = datetime.now(UTC) + timedelta(hours=1)
    headers = {} if kid is None else {"kid": kid}
    token = jwt.encode(claims | {"exp": expires}, key, algorithm=algorithm, headers=headers)
    return Request({"type": "http", "headers": [(b"authorization", f"Bearer {token}".encode())]})


@pytest.mark.parametrize(("key", "algorithm"), [(RSA_KEY, "RS256"), (EC_KEY, "ES256")])
async def test_a_published_key_verifies_and_is_asked_for_once(key: Any, algorithm: str) -> None:
    issuer = Issuer(published(RSA_KEY, "r"), published(EC_KEY, "e"))
    kid = "r" if key is RSA_KEY else "e"
    assert [await issuer.status(signed(key, algorithm, kid)) for _ in range(3)] == [200] * 3
    assert await issuer.status(signed(SECRET, "HS256", None)) == 200
    assert issuer.asked == 1


async def test_a_key_that_is_new_is_asked_for_at_most_every_ten_seconds() -> None:
    issuer = Issuer(published(EC_KEY, "old"))
    assert await issuer.status(signed(EC_KEY, "ES256", "old")) == 200
    issuer.keys = [published(NEXT_EC_KEY, "new")]
    assert [await issuer.status(signed(NEXT_EC_KEY, "ES256", f"made up {number}")) for number in range(9)] == [401] * 9
    assert issuer.asked == 1
    issuer.seconds += ASK_AGAIN_SECONDS
    assert await issuer.status(signed(NEXT_EC_KEY, "ES256", "new")) == 200
    assert await issuer.status(signed(EC_KEY, "ES256", "old")) == 401
    assert issuer.asked == 2


async def test_many_who_wait_for_a_new_key_ask_once() -> None:
    issuer = Issuer(published(EC_KEY, "e"))
    issuer.gate.clear()
    waiting = [asyncio.ensure_future(issuer.status(signed(EC_KEY, "ES256", "e"))) for _ in range(20)]
    await asyncio.sleep(0)
    issuer.gate.set()
    assert await asyncio.gather(*waiting) == [200] * 20
    assert issuer.asked == 1


@pytest.mark.parametrize(
    "answer",
    [
        httpx2.ConnectError("away"),
        httpx2.Response(500),
        httpx2.Response(302, headers={"Location": "https://elsewhere.example"}),
        httpx2.Response(200, content=b"<html>"),
        httpx2.Response(200, json={"keys": []}),
        httpx2.Response(200, json={"keys": "none"}),
        httpx2.Response(200, json=[]),
        httpx2.Response(200, content=b'"' + b"x" * MOST_BYTES + b'"'),
        httpx2.Response(200, content=b"[" * 100_000),
    ],
    ids=["away", "500", "redirect", "html", "no keys", "no list", "no set", "endless", "deep"],
)
async def test_while_the_issuer_fails_what_is_known_holds_for_a_day(answer: Any) -> None:
    issuer = Issuer(published(EC_KEY, "e"))
    await issuer.published.renew()
    issuer.answer = answer
    await issuer.published.renew()
    assert await issuer.status(signed(EC_KEY, "ES256", "e")) == 200
    issuer.seconds += KEPT_SECONDS
    assert await issuer.status(signed(EC_KEY, "ES256", "e")) == 503
    issuer.answer, issuer.seconds = None, issuer.seconds + ASK_AGAIN_SECONDS
    assert await issuer.status(signed(EC_KEY, "ES256", "e")) == 200


async def test_a_key_that_is_withdrawn_is_refused_after_the_next_renewal() -> None:
    issuer = Issuer(published(EC_KEY, "old"), published(NEXT_EC_KEY, "new"))
    assert await issuer.status(signed(EC_KEY, "ES256", "old")) == 200
    issuer.keys.pop(0)
    await issuer.published.renew()
    assert await issuer.status(signed(EC_KEY, "ES256", "old")) == 401


async def test_a_key_goes_with_its_own_algorithm_alone() -> None:
    issuer = Issuer(published(RSA_KEY, "r"), published(EC_KEY, "e"))
    assert await issuer.status(signed(EC_KEY, "ES256", "r")) == 401
    assert await issuer.status(signed(RSA_KEY, "RS512", "r")) == 401
    public = RSA_KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert await issuer.status(forged(public)) == 401


def forged(known: bytes) -> Request:
    """As if what everybody knows were the secret; the library would not make such a token."""
    header, claims, _ = signed(SECRET, "HS256", "r").headers["authorization"].removeprefix("Bearer ").split(".")
    mac = hmac.digest(known, f"{header}.{claims}".encode(), "sha256")
    token = f"{header}.{claims}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
    return Request({"type": "http", "headers": [(b"authorization", f"Bearer {token}".encode())]})


async def test_without_a_kid_the_only_key_of_the_algorithm_is_meant() -> None:
    issuer = Issuer(published(EC_KEY, "e"), published(RSA_KEY, "r"))
    assert await issuer.status(signed(EC_KEY, "ES256", None)) == 200
    two = Issuer(published(EC_KEY, "e"), published(NEXT_EC_KEY, "n"))
    assert await two.status(signed(EC_KEY, "ES256", None)) == 401


def test_keys_of_no_use_here_are_passed_over() -> None:
    secret = {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA", "kid": "s", "alg": "HS256"}
    weak = published(rsa.generate_private_key(65537, 1024), "weak")
    encrypting = published(EC_KEY, "enc", use="enc")
    private = {**RSAAlgorithm.to_jwk(RSA_KEY, as_dict=True), "kid": "private"}
    odd: list[Any] = [
        secret,
        weak,
        encrypting,
        private,
        "text",
        {"kty": "EC"},
        {"kty": ["RSA"]},
        {"kty": "RSA", "n": 1},
    ]
    document = json.dumps({"keys": [*odd, published(EC_KEY, "good")]}).encode()
    assert [key.key_id for key in usable_keys(document)] == ["good"]
    with pytest.raises(ValueError, match="no key"):
        usable_keys(json.dumps({"keys": odd}).encode())
