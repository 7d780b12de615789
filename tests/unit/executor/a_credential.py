"""Builders of published credentials for the executor's unit tests."""

import time
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from connector_executor.connectors.credentials import LiveCredential
from connector_executor.connectors.plan import Plan
from connector_executor.connectors.table import ConnectorTable
from connectors_shared.contract.credential import PublishedCredential
from connectors_shared.runtime.secrets import Keyring, SecretPlace
from tests.unit.executor.a_connector import CONNECTOR, WORKSPACE, a_connector

CREDENTIAL = UUID(int=77)
SECRET = "s3cret:wört"
KEYRING = Keyring({"k1": b"k" * 32})
ORIGIN = "https://api.test"
OAUTH2 = {
    "grant_type": "client_credentials",
    "token_url": "https://login.test/token",
    "authorize_url": "",
    "client_id": "client-1",
    "client_authentication": "client_secret_basic",
    "key_id": "",
    "algorithm": "RS256",
    "assertion_audience": "",
    "scope": "",
    "audience": "",
    "parameters": "",
    "authorize_parameters": "",
}


def a_credential(
    *,
    credential_id: UUID = CREDENTIAL,
    workspace_id: UUID = WORKSPACE,
    revision: int = 1,
    type: str = "bearer",
    secrets: dict[str, str] | None = None,
    origins: Sequence[str] = (ORIGIN,),
    **fields: Any,
) -> PublishedCredential:
    """`secrets` are sealed as its fields; `fields` are others, by their wire names."""
    secrets = {"token": SECRET} if secrets is None else secrets
    places = {name: SecretPlace(str(workspace_id), str(credential_id), name, tuple(origins)) for name in secrets}
    document = {
        "credentialId": str(credential_id),
        "workspaceId": str(workspace_id),
        "revision": revision,
        "changedAt": "2026-01-01T00:00:00Z",
        "type": type,
        "sealed": {name: KEYRING.seal(text, places[name]) for name, text in secrets.items()},
        "allowedOrigins": list(origins),
    }
    return PublishedCredential.model_validate(document | fields)


def a_token(revision: int, **fields: object) -> bytes:
    """A revision of the credential with its access token."""
    secrets = {"access_token": f"token-{revision}"}
    return a_credential(type="oauth2", revision=revision, secrets=secrets, public=OAUTH2, **fields).to_json()


def a_table(
    credential: PublishedCredential | None, *, monotonic: Callable[[], float] = time.monotonic, **connector: Any
) -> ConnectorTable:
    """With a connector that is authorized by that credential."""
    table = ConnectorTable(monotonic=monotonic)
    if credential is not None:
        table.apply_credential(credential.credential_id, credential.to_json())
    named = {"credential_id": CREDENTIAL} | {name: connector.pop(name) for name in ("secrets_id",) if name in connector}
    published = a_connector(**connector).model_copy(update=named)
    table.apply(published.connector_id, published.to_json())
    return table


def an_authorized_plan(credential: PublishedCredential, **connector: Any) -> Plan:
    plan = a_table(credential, **connector).plan(connector.get("connector_id", CONNECTOR))
    assert plan is not None
    return plan


def live(credential: PublishedCredential) -> LiveCredential:
    plan = an_authorized_plan(credential)
    assert plan.auth is not None
    return plan.auth
