"""The connectors of the measurements: a look-up with one input and the mapping of a person."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from connectors_shared.contract.connector import PublishedConnector

WORKSPACE = UUID("11111111-1111-4111-8111-111111111111")
OTHER_WORKSPACE = UUID("22222222-2222-4222-8222-222222222222")
TRANSFORM = (
    '{"identity": identities[0].{"firstName": firstName, "lastName": lastName, "fullName": firstName & " " & lastName, '
    '"city": city, "primaryPhone": phones[0].phone}, "data": {"income": identities[0].data.householdIncomeMidpoint, '
    '"credit": identities[0].data.creditMidpoint}}'
)
TIMED_TRANSFORM = '{"tookUs": tookUs, ' + TRANSFORM.removeprefix("{")


def a_connector(
    url: str, *, name: str = "Bench", transform: str = TRANSFORM, workspace_id: UUID = WORKSPACE, **config: Any
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
        }
    )


def many_connectors(url: str, count: int) -> Sequence[PublishedConnector]:
    """Each with its own name, path and header, as those of many people are; the mapping is the same."""
    return [
        a_connector(
            f"{url}/{number}",
            name=f"Look-up {number}",
            headers=[{"key": "X-Account", "value": f"account-{number * 7919 % 1_000_003}"}],
        )
        for number in range(count)
    ]
