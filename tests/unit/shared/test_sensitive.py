"""Which names say that what they hold is secret."""

import json

import pytest

from connectors_shared.runtime.sensitive import any_of, is_sensitive, names_sensitive

SECRET_NAMES = [
    "authorization",
    "Authorization",
    "password",
    "secret",
    "token",
    "api_key",
    "apikey",
    "cookie",
    "set-cookie",
    "webhook_secret",
    "ACCESS_TOKEN",
    "x-api-key",
    "Api-Key",
    "passwd",
    "pwd",
    "user.pwd",
    "private_key",
    "privateKey",
    "bearer",
    "jwt",
    "credential",
    "credentials",
    "client_key",
    "sessionId",
    "session-id",
    "ssn",
    "customer_ssn",
    "cvv",
    "card-number",
    "pin",
    "otp",
    "auth",
    "pass",
    "passphrase",
    "access_key_id",
    "tokens",
    "refreshTokens",
    "signing-key",
    "clientSecret",
    "X-Amz-Security-Token",
    "Ocp-Apim-Subscription-Key",
]
HARMLESS_NAMES = [
    "id",
    "name",
    "email",
    "status",
    "key",
    "author",
    "authorName",
    "authored",
    "shipping",
    "opinion",
    "inside",
    "president",
    "passenger",
    "bypass",
    "compass",
    "tokensUsed",
    "max_tokens",
    "totalTokens",
    "tokenCount",
    "tokenType",
    "tokenizer",
    "secretary",
    "passwordless",
    "cookiePolicy",
    "credentialId",
    "password_updated_at",
    "expires_in",
    "accessTokenUrl",
    "monkey",
    "keyboard",
    "lesson",
    "mission",
    "duration_ms",
    "attempt",
]


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_a_secret_name_is_found_alone_and_in_json(name: str) -> None:
    assert is_sensitive(name)
    assert names_sensitive(json.dumps({name: 1}).encode())
    assert names_sensitive(json.dumps({"text": json.dumps({name: 1})}).encode())
    assert names_sensitive(json.dumps({"form": f"{name}=1"}).encode())


@pytest.mark.parametrize("name", HARMLESS_NAMES)
def test_a_name_that_only_sounds_like_one_is_told(name: str) -> None:
    assert not is_sensitive(name)


def test_a_long_name_is_judged_and_not_remembered() -> None:
    assert is_sensitive("x" * 1_000 + "password")


@pytest.mark.parametrize("at", [0, 1, 4090, 4094, 4095, 4096, 4097, 8190, 9000])
def test_a_word_is_found_wherever_it_begins(at: int) -> None:
    holds = any_of((b"token", b"key"))
    assert holds(b"x" * at + b"token" + b"x" * 5000)
    assert holds(b"x" * at + b"key")
    assert not holds(b"x" * at + b"toke" + b"x" * 5000)
