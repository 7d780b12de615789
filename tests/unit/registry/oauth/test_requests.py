"""The protocol as it goes over the wire, and what answers mean, whatever they hold."""

import base64
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from connector_registry.oauth.port import Ask, Issued, Refused, Unavailable
from connector_registry.oauth.requests import authorization_url, read_answer, token_request
from connectors_shared.definition.auth.reading import read_auth
from tests.unit.registry.oauth.a_provider import RotatingProvider
from tests.unit.registry.oauth.scene import BY_PEOPLE, CLIENT, Scene

SECRETS = {"client_secret": "s:e cret/%", "private_key": ""}


def requested(secrets: dict[str, str] | None = None, **auth: str) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Headers and form of the request of this client."""
    credential = Scene(RotatingProvider()).put(CLIENT | auth)
    headers, body = token_request(Ask(credential, {"grant_type": "client_credentials"}, secrets or SECRETS))
    return dict(headers), parse_qs(body.decode(), keep_blank_values=True)


def test_a_secret_in_the_header_is_encoded_as_in_a_form_before() -> None:
    headers, form = requested()
    assert base64.b64decode(headers["Authorization"].removeprefix("Basic ")) == b"client-1:s%3Ae%20cret%2F%25"
    assert form == {"grant_type": ["client_credentials"]}
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"


def test_a_secret_in_the_body_stands_nowhere_else() -> None:
    headers, form = requested(client_authentication="client_secret_post")
    assert "Authorization" not in headers
    assert (form["client_id"], form["client_secret"]) == (["client-1"], ["s:e cret/%"])


def test_a_public_client_says_who_it_is_and_nothing_more() -> None:
    credential = Scene(RotatingProvider()).put(
        {name: text for name, text in BY_PEOPLE.items() if name != "client_secret"} | {"client_authentication": "none"}
    )
    ask = Ask(credential, {"grant_type": "refresh_token", "refresh_token": "r"}, {})
    headers, body = token_request(ask)
    assert parse_qs(body.decode()) == {
        "grant_type": ["refresh_token"],
        "refresh_token": ["r"],
        "client_id": ["client-1"],
    }
    assert "Authorization" not in dict(headers)


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256"])
def test_a_client_proves_itself_by_a_signature_that_is_good_once_and_for_this_endpoint(algorithm: str) -> None:
    key: Any = (
        ec.generate_private_key(ec.SECP256R1()) if algorithm == "ES256" else rsa.generate_private_key(65537, 2048)
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    auth = {name: text for name, text in CLIENT.items() if name != "client_secret"} | {
        "client_authentication": "private_key_jwt",
        "private_key": pem,
        "key_id": "key-7",
        "algorithm": algorithm,
    }
    credential = Scene(RotatingProvider()).put(auth)
    ask = Ask(credential, {"grant_type": "client_credentials"}, {"private_key": pem})
    forms = [parse_qs(token_request(ask)[1].decode()) for _ in range(2)]
    assertions = [form["client_assertion"][0] for form in forms]
    claims = [jwt.decode(one, key.public_key(), [algorithm], audience=CLIENT["token_url"]) for one in assertions]
    assert {claim["iss"] for claim in claims} == {claim["sub"] for claim in claims} == {"client-1"}
    assert len({claim["jti"] for claim in claims}) == 2
    assert jwt.get_unverified_header(assertions[0])["kid"] == "key-7"
    assert forms[0]["client_assertion_type"] == ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"]


def test_scope_audience_and_further_parameters_go_along() -> None:
    credential = Scene(RotatingProvider()).put(CLIENT | {"audience": "https://api", "parameters": "tenant=a%20b&x="})
    ask = Ask(credential, {"grant_type": "client_credentials", "scope": "a b"}, SECRETS)
    form = parse_qs(token_request(ask)[1].decode(), keep_blank_values=True)
    assert (form["audience"], form["tenant"], form["scope"]) == (["https://api"], ["a b"], ["a b"])


def test_a_person_is_sent_to_the_provider_with_all_it_takes_and_nothing_secret() -> None:
    public = read_auth(BY_PEOPLE | {"scope": "a b", "authorize_parameters": "prompt=consent"}).public
    public["authorize_url"] += "?tenant=7"
    url = authorization_url(public, "https://registry.example/api/oauth/callback", "the-state", "the-challenge")
    assert {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()} == {
        "tenant": "7",
        "prompt": "consent",
        "scope": "a b",
        "response_type": "code",
        "client_id": "client-1",
        "redirect_uri": "https://registry.example/api/oauth/callback",
        "state": "the-state",
        "code_challenge": "the-challenge",
        "code_challenge_method": "S256",
    }


@pytest.mark.parametrize(
    ("body", "lifetime"),
    [
        (b'{"access_token":"a","token_type":"Bearer","expires_in":3600}', 3600.0),
        (b'{"access_token":"a","expires_in":"3600"}', 3600.0),
        (b'{"access_token":"a","expires_in":1e300}', 315_360_000.0),
        (b'{"access_token":"a"}', None),
        (b'{"access_token":"a","expires_in":null}', None),
        (b'{"access_token":"a","expires_in":-5}', 300.0),
        (b'{"access_token":"a","expires_in":0}', 300.0),
        (b'{"access_token":"a","expires_in":"soon"}', 300.0),
        (b'{"access_token":"a","expires_in":"nan"}', 300.0),
        (b"access_token=a&token_type=bearer&expires_in=60", 60.0),
    ],
)
def test_a_token_is_read_as_providers_write_it(body: bytes, lifetime: float | None) -> None:
    assert read_answer(200, body, None) == Issued("a", None, lifetime)


@pytest.mark.parametrize(
    ("status", "body", "dead"),
    [
        (400, b'{"error":"invalid_grant"}', True),
        (401, b'{"error":"invalid_client"}', True),
        (403, b"<html>", True),
        (200, b'{"ok":false,"error":"invalid_refresh_token"}', True),
        *[(status, b'{"error":"invalid_grant"}', False) for status in (408, 409, 423, 425, 429, 500, 503)],
        (400, b'{"error":"temporarily_unavailable"}', False),
        (302, b"", False),
        (200, b"<html>", False),
    ],
)
def test_what_ends_a_grant_and_what_passes(status: int, body: bytes, dead: bool) -> None:
    assert isinstance(read_answer(status, body, None), Refused if dead else Unavailable)


def test_what_is_told_of_an_error_is_its_code_and_no_word_of_the_provider() -> None:
    """It may repeat the secret as it was sent, in base64 too."""
    headers, _ = requested()
    body = json.dumps({"error": "invalid_client", "error_description": f"got {headers['Authorization']}"}).encode()
    assert read_answer(401, body, None) == Refused("The provider answered 401: invalid_client.")
    own = json.dumps({"error": headers["Authorization"]}).encode()
    assert read_answer(401, own, None) == Refused("The provider answered 401 with an error code of its own.")


@given(st.binary(max_size=300), st.integers(100, 599))
def test_whatever_is_answered_is_settled(body: bytes, status: int) -> None:
    assert isinstance(read_answer(status, body, None), Issued | Refused | Unavailable)


def test_an_answer_that_is_nested_without_end_is_settled() -> None:
    body = b'{"access_token":' + b"[" * 60_000 + b"]" * 60_000 + b"}"
    assert isinstance(read_answer(200, body, None), Unavailable)


@pytest.mark.parametrize("field", ["parameters", "authorize_parameters"])
@pytest.mark.parametrize("name", ["api_key", "password", "X-Auth-Token", "sub%6Aect_token"])
def test_a_secret_among_further_parameters_is_refused_with_where_it_goes(field: str, name: str) -> None:
    draft = read_auth(BY_PEOPLE | {field: f"tenant=7&{name}=s3cret"})
    [problem] = draft.problems
    assert problem.pointer == f"/{field}"
    assert "client_secret or private_key" in problem.detail
    assert "s3cret" not in problem.detail


@pytest.mark.parametrize(
    "text", ["access_type=offline&prompt=consent", "requested_token_type=urn:x", "authorization_details=[]", "api_key="]
)
def test_words_that_are_about_secrets_are_no_secrets(text: str) -> None:
    assert read_auth(BY_PEOPLE | {"authorize_parameters": text}).problems == []
