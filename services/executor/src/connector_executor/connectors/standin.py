"""Plans that call nothing: their executions go the way of all others, and come to the failure that the plan tells."""

from typing import Final
from uuid import UUID, uuid5

from connector_executor.connectors.plan import Plan, compile_plan
from connector_executor.outcome import Failure
from connectors_shared.contract.connector import PublishedConnector, RequestConfig
from connectors_shared.contract.failure import FailureType

NOWHERE: Final = "https://connector.invalid/"
UNKNOWN: Final = Failure(
    FailureType.UNKNOWN_CONNECTOR, "No definition of this connector that can be read is published in its workspace."
)


def unusable_plan(published: PublishedConnector, why: str) -> Plan:
    """Of a definition that cannot be compiled. It keeps what decides about calls of versions before it, and has
    neither limit nor credential, so that nothing holds its executions up.
    """
    config = published.config
    header = None if config.idempotency_header is None else "Idempotency-Key"
    kept = {"idempotency_header": header, "parking": config.parking}
    request = RequestConfig(method=config.method, url=NOWHERE).model_copy(update=kept)
    plain = PublishedConnector(
        connector_id=published.connector_id,
        workspace_id=published.workspace_id,
        version=published.version,
        name=published.name,
        enabled=published.enabled,
        config=request,
    )
    message = f"The connector's definition cannot be used: {why}."
    return compile_plan(plain, fault=Failure(FailureType.INVALID_REQUEST, message))


def unknown_plan(connector_id: UUID, workspace_id: UUID) -> Plan:
    """Of a connector that is not known in the workspace, where another one may own it: its executions wait in no lane
    and no backlog of that id, and what may have been called before is not repeated.
    """
    nobody = {"connectorId": uuid5(workspace_id, str(connector_id)), "workspaceId": workspace_id}
    request = {"method": "POST", "url": NOWHERE}
    published = PublishedConnector.model_validate(nobody | {"version": 1, "name": "unknown", "config": request})
    return compile_plan(published, fault=UNKNOWN)
