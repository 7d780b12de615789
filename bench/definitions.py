"""The connectors of the measurements: a look-up with one input, a bearer token and the mapping of a person."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from connectors_shared.contract.connector import PublishedConnector
from connectors_shared.contract.credential import PublishedCredential
from connectors_shared.runtime.secrets import Keyring, place_of

WORKSPACE = UUID("11111111-1111-4111-8111-111111111111")
OTHER_WORKSPACE = UUID("22222222-2222-4222-8222-222222222222")
TRANSFORM = (
    '{"identity": identities[0].{"firstName": firstName, "lastName": lastName, "fullName": firstName & " " & lastName, '
    '"city": city, "primaryPhone": phones[0].phone}, "data": {"income": identities[0].data.householdIncomeMidpoint, '
    '"credit": identities[0].data.creditMidpoint}}'
)
TOKEN = "bench-token-0123456789"
TIMED_TRANSFORM = '{"tookUs": tookUs, ' + TRANSFORM.removeprefix("{")


def a_connector(
    url: str,
    *,
    name: str = "Bench",
    transform: str = TRANSFORM,
    workspace_id: UUID = WORKSPACE,
    credential_id: UUID | None = None,
    **config: Any,
) -> PublishedConnector:
    """`config` overrides fields of the request's configuration, by their names on the wire."""
    query = [{"key": "phone", "valueType": "input", "inputField": "phoneNumber", "required": True}]
    fixed = {"method": "GET", "url": url, "queryParams": query, "responseTransform": transform}
    return PublishedConnector.model_validate(
        {
            "connectorId": uuid4(),
            "workspaceId": workspace_id,
            "revision": 1,
            "changedAt": "2026-01-01T00:00:00Z",
            "version": 1,
            "name": name,
            "config": fixed | config,
            "credentialId": credential_id,
        }
    )


def a_bearer(origin: str, keyring: Keyring) -> PublishedCredential:
    """TOKEN, for this origin only."""
    bare = PublishedCredential(
        workspace_id=WORKSPACE,
        revision=1,
        changed_at=datetime(2026, 1, 1, tzinfo=UTC),
        credential_id=uuid4(),
        name="Bench",
        type="bearer",
        allowed_origins=[origin],
    )
    return bare.model_copy(update={"sealed": {"token": keyring.seal(TOKEN, place_of(bare, "token"))}})


def many_connectors(
    url: str, count: int, *, transform: str = TRANSFORM, credential_id: UUID | None = None
) -> Sequence[PublishedConnector]:
    """Each with its own name, path and header, as those of many people are; mapping and credential are the same."""
    return [
        a_connector(
            f"{url}/{number}",
            name=f"Look-up {number}",
            transform=transform,
            credential_id=credential_id,
            headers=[{"key": "X-Account", "value": f"account-{number * 7919 % 1_000_003}"}],
        )
        for number in range(count)
    ]
