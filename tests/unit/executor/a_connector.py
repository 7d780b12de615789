"""Builders of connectors and plans for the executor's unit tests."""

import json
from typing import Any
from uuid import UUID

from connector_executor.connectors.plan import Plan, compile_plan
from connector_executor.connectors.workspaces import Workspaces
from connector_executor.inbound.permissions import Permissions
from connectors_shared.contract.connector import InputField, PublishedConnector
from connectors_shared.definition.compilation import Compilation
from connectors_shared.definition.inputs.fields import Fields
from connectors_shared.definition.inputs.schema import compile_inputs
from connectors_shared.egress.allowed import AllowedOrigins
from connectors_shared.egress.grants import Grants

CONNECTOR = UUID(int=7)
WORKSPACE = UUID(int=1)


def a_connector(
    *,
    connector_id: UUID = CONNECTOR,
    workspace_id: UUID = WORKSPACE,
    version: int = 1,
    revision: int | None = None,
    **config: Any,
) -> PublishedConnector:
    """The revision is the version unless it is given; `config` overrides fields of the request, by their wire names."""
    request = {"method": "GET", "url": "https://api.test/users"} | config
    return PublishedConnector.model_validate(
        {
            "connectorId": str(connector_id),
            "workspaceId": str(workspace_id),
            "revision": revision or version,
            "changedAt": "2026-01-01T00:00:00Z",
            "version": version,
            "name": "Users",
            "config": request,
        }
    )


def a_schema(**fields: dict[str, Any]) -> Fields:
    found = Compilation()
    compiled = compile_inputs({name: InputField.model_validate(each) for name, each in fields.items()}, "", found)
    assert not found.problems, found.problems
    return compiled


def a_plan(**config: Any) -> Plan:
    return compile_plan(a_connector(**config))


def newer_definition(*, version: int = 2, **fields: Any) -> bytes:
    """A message of a registry that knows more than this executor: its kind of body is unheard of here."""
    message = json.loads(a_connector(version=version).to_json())
    config = message["config"] | {"bodyType": "protobuf", "body": "x"}
    return json.dumps(message | (fields or {"config": config})).encode()


def no_permissions() -> Permissions:
    """Nobody was granted anything, and nobody keeps to anything."""
    return Permissions(Grants(), AllowedOrigins(), Workspaces())
