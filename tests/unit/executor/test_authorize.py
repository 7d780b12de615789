"""The credential is opened at the moment of use, for its own place only, and stands where its kind says."""

import base64
from typing import Any
from uuid import UUID

import pytest

from connector_executor.outcome import Failure
from connector_executor.stages.authorize import Authorizer
from connectors_shared.contract.connector import PublishedConnector
from connectors_shared.contract.failure import FailureType
from connectors_shared.runtime.secrets import Keyring, SecretPlace
from tests.unit.executor.a_connector import WORKSPACE, a_connector

CREDENTIAL = UUID(int=77)
SECRET = "s3cret:wört"
KEYRING = Keyring({"k1": b"k" * 32})
AUTHORIZER = Authorizer(KEYRING)


def sealed(field: str, workspace: UUID = WORKSPACE, credential: UUID = CREDENTIAL) -> str:
    return KEYRING.seal(SECRET, SecretPlace(str(workspace), str(credential), field))


def with_auth(kind: str, sealed: dict[str, str], **public: Any) -> PublishedConnector:
    document = a_connector().model_dump(mode="json", by_alias=True)
    auth = {"type": kind, "credentialId": str(CREDENTIAL), "public": public, "sealed": sealed}
    return PublishedConnector.model_validate(document | {"auth": auth})


def test_an_endpoint_that_asks_for_nothing_gets_nothing() -> None:
    assert AUTHORIZER.authorize(a_connector()) == ([], [], ())


def test_a_bearer_token_is_a_header() -> None:
    connector = with_auth("bearer", {"token": sealed("token")})
    assert AUTHORIZER.authorize(connector) == ([("Authorization", f"Bearer {SECRET}")], [], (SECRET,))


@pytest.mark.parametrize(("location", "place"), [("header", 0), ("query", 1)])
def test_a_key_stands_where_the_connector_says(location: str, place: int) -> None:
    connector = with_auth("apikey", {"key": sealed("key")}, name="X-Key", location=location)
    found = AUTHORIZER.authorize(connector)
    assert isinstance(found, tuple)
    assert found[place] == [("X-Key", SECRET)]
    assert found[1 - place] == []


def test_a_user_and_password_are_encoded_together_as_utf_8() -> None:
    found = AUTHORIZER.authorize(with_auth("basic", {"password": sealed("password")}, username="änn"))
    assert isinstance(found, tuple)
    [(name, value)] = found[0]
    assert name == "Authorization"
    assert base64.b64decode(value.removeprefix("Basic ")).decode() == f"änn:{SECRET}"


@pytest.mark.parametrize(
    "token",
    [
        "",
        "v1.k1",
        "plain text",
        "v1.k9.AAAA.AAAA.AAAA",
        "9" * 100_000,
        "ü" * 10,
        sealed("token")[:-4] + "AAAA",
        sealed("password"),
        sealed("token", workspace=UUID(int=2)),
        sealed("token", credential=UUID(int=78)),
    ],
    ids=[
        "empty",
        "cut",
        "plain",
        "unknown-key",
        "long",
        "not-ascii",
        "altered",
        "of-another-field",
        "of-another-workspace",
        "of-another-credential",
    ],
)
def test_what_cannot_be_opened_is_a_failure_that_tells_nothing_of_it(token: str) -> None:
    failure = AUTHORIZER.authorize(with_auth("bearer", {"token": token}))
    assert isinstance(failure, Failure)
    assert failure.type is FailureType.CREDENTIAL_UNUSABLE
    assert not failure.retryable
    assert SECRET not in failure.message
    assert not token or token not in failure.message


def test_a_key_that_is_gone_makes_the_credential_unusable() -> None:
    other = Authorizer(Keyring({"k2": b"q" * 32}))
    failure = other.authorize(with_auth("bearer", {"token": sealed("token")}))
    assert isinstance(failure, Failure)
    assert failure.type is FailureType.CREDENTIAL_UNUSABLE
