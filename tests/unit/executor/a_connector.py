"""Builders of connectors and plans for the executor's unit tests."""

from typing import Any
from uuid import UUID

from connector_executor.connectors.plan import Plan, compile_plan
from connectors_shared.contract.connector import PublishedConnector

CONNECTOR = UUID(int=7)
WORKSPACE = UUID(int=1)


def a_connector(
    *,
    connector_id: UUID = CONNECTOR,
    workspace_id: UUID = WORKSPACE,
    version: int = 1,
    **config: Any,
) -> PublishedConnector:
    """`config` overrides fields of the request configuration, by their wire names."""
    request = {"method": "GET", "url": "https://api.test/users"} | config
    return PublishedConnector.model_validate(
        {
            "connectorId": str(connector_id),
            "workspaceId": str(workspace_id),
            "version": version,
            "name": "Users",
            "config": request,
        }
    )


def a_plan(**config: Any) -> Plan:
    return compile_plan(a_connector(**config))
