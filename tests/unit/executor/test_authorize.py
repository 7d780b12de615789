"""A credential is opened once a revision, for its own place and origins only, and stands where its kind says."""

import base64
from typing import Any
from uuid import UUID

import pytest

from connector_executor.outcome import Failure
from connector_executor.stages.authorize import Authorized, Authorizer
from connectors_shared.contract.credential import PublishedCredential
from connectors_shared.contract.failure import FailureType
from connectors_shared.runtime.secrets import Keyring, SecretPlace
from tests.unit.executor.a_connector import WORKSPACE, a_plan
from tests.unit.executor.a_credential import (
    CREDENTIAL,
    KEYRING,
    ORIGIN,
    SECRET,
    a_credential,
    a_table,
    an_authorized_plan,
)

AUTHORIZER = Authorizer(KEYRING)


def authorized(credential: PublishedCredential, **connector: Any) -> Authorized:
    found = AUTHORIZER.authorize(an_authorized_plan(credential, **connector))
    assert isinstance(found, Authorized), found
    return found


def sealed(
    field: str, workspace: UUID = WORKSPACE, credential: UUID = CREDENTIAL, origins: tuple[str, ...] = (ORIGIN,)
) -> str:
    return KEYRING.seal(SECRET, SecretPlace(str(workspace), str(credential), field, origins))


def test_an_endpoint_that_asks_for_nothing_gets_nothing() -> None:
    assert AUTHORIZER.authorize(a_plan()) == Authorized()


def test_a_bearer_token_is_a_header() -> None:
    found = authorized(a_credential())
    assert (found.headers, found.query) == ([("Authorization", f"Bearer {SECRET}")], [])


@pytest.mark.parametrize("location", ["header", "query"])
def test_a_key_stands_where_the_connector_says(location: str) -> None:
    public = {"name": "X-Key", "location": location}
    found = authorized(a_credential(type="apikey", secrets={"key": SECRET}, public=public))
    pair = [("X-Key", SECRET)]
    assert (found.headers, found.query) == ((pair, []) if location == "header" else ([], pair))


def test_a_user_and_password_are_encoded_together_as_utf_8() -> None:
    found = authorized(a_credential(type="basic", secrets={"password": SECRET}, public={"username": "änn"}))
    [(name, value)] = found.headers
    assert name == "Authorization"
    assert base64.b64decode(value.removeprefix("Basic ")).decode() == f"änn:{SECRET}"
    assert found.confidential is not None
    assert SECRET.encode() not in found.confidential.redacted(value.encode() + SECRET.encode())
    assert value.removeprefix("Basic ").encode() not in found.confidential.redacted(value.encode())


def test_secret_headers_and_parameters_stand_beside_what_authorizes_the_call() -> None:
    secrets = {"token": SECRET, "header/x-signature": "signed-by-us", "query/key": "a key"}
    found = authorized(
        a_credential(secrets=secrets),
        secrets_id=CREDENTIAL,
        headers=[{"key": "X-Signature", "valueType": "secret"}],
        queryParams=[{"key": "key", "valueType": "secret"}],
    )
    assert found.headers == [("Authorization", f"Bearer {SECRET}"), ("X-Signature", "signed-by-us")]
    assert found.query == [("key", "a key")]
    assert found.confidential is not None
    assert found.confidential.headers == {"authorization", "x-signature"}


def test_two_credentials_go_only_where_both_may_go() -> None:
    shared = a_credential(origins=(ORIGIN, "https://b.test"))
    own = UUID(int=78)
    table = a_table(
        shared, secrets_id=own, url="https://api.test/", headers=[{"key": "X-Signature", "valueType": "secret"}]
    )
    waiting = table.plan(UUID(int=7))
    assert waiting is not None
    assert waiting.held is not None
    holder = a_credential(credential_id=own, type="none", secrets={"header/x-signature": "signed-by-us"})
    assert table.apply_credential(own, holder.to_json()) == [UUID(int=7)]
    plan = table.plan(UUID(int=7))
    assert plan is not None
    found = AUTHORIZER.authorize(plan)
    assert isinstance(found, Authorized)
    assert found.confidential is not None
    assert found.confidential.origins == {ORIGIN}


def test_a_credential_is_opened_once_for_all_its_connectors_and_again_when_it_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened = list[str]()
    real = Keyring.open

    def counted(keyring: Keyring, text: str, place: SecretPlace) -> str:
        opened.append(text)
        return real(keyring, text, place)

    monkeypatch.setattr(Keyring, "open", counted)
    table = a_table(a_credential())
    plan = table.plan(UUID(int=7))
    assert plan is not None
    for _ in range(3):
        AUTHORIZER.authorize(plan)
    assert len(opened) == 1
    renewed = a_credential(revision=2, secrets={"token": "another one"})
    table.apply_credential(CREDENTIAL, renewed.to_json())
    found = AUTHORIZER.authorize(plan)
    assert isinstance(found, Authorized)
    assert found.headers == [("Authorization", "Bearer another one")]
    assert len(opened) == 2


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
        sealed("token", origins=("https://other.test",)),
        sealed("token", origins=()),
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
        "of-another-origin",
        "of-no-origin",
    ],
)
def test_what_cannot_be_opened_is_a_failure_that_tells_nothing_of_it(token: str) -> None:
    failure = AUTHORIZER.authorize(an_authorized_plan(a_credential().model_copy(update={"sealed": {"token": token}})))
    assert isinstance(failure, Failure)
    assert failure.type is FailureType.CREDENTIAL_UNUSABLE
    assert not failure.retryable
    assert SECRET not in failure.message
    assert not token or token not in failure.message


def test_a_key_that_is_gone_makes_the_credential_unusable() -> None:
    failure = Authorizer(Keyring({"k2": b"q" * 32})).authorize(an_authorized_plan(a_credential()))
    assert isinstance(failure, Failure)
    assert failure.type is FailureType.CREDENTIAL_UNUSABLE


def test_no_secret_is_in_any_repr() -> None:
    plan = an_authorized_plan(a_credential())
    found = AUTHORIZER.authorize(plan)
    assert plan.auth is not None
    for shown in (found, plan, plan.auth, plan.auth.opened, getattr(found, "confidential", None)):
        assert SECRET not in repr(shown)
