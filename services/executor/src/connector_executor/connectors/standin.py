"""Plans that call nothing: their executions go the way of all others, and come to the failure that the plan tells."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid5

from msgspec.structs import replace

from connector_executor.connectors.definition import Definition
from connector_executor.connectors.plan import Plan, compile_plan
from connector_executor.outcome import Failure
from connector_executor.parking.port import ParkReason
from connectors_shared.contract.connector import Method, PublishedConnector, RequestConfig
from connectors_shared.contract.failure import FailureType

NOWHERE: Final = "https://connector.invalid/"
LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
UNKNOWN: Final = Failure(
    FailureType.UNKNOWN_CONNECTOR, "No definition of this connector that can be read is published in its workspace."
)
DELETED: Final = Failure(FailureType.CONNECTOR_DELETED, "The connector was deleted.")
WITHOUT_VERSION: Final = frozenset({FailureType.UNKNOWN_CONNECTOR, FailureType.CONNECTOR_DELETED})
"""Faults of connectors of which nobody knows the version."""


def unusable_plan(published: Definition, why: str) -> Plan:
    """Of a definition that cannot be compiled."""
    message = f"The connector's definition cannot be used: {why}."
    return uncalled_plan(published, Failure(FailureType.INVALID_REQUEST, message))


def waiting_plan(published: Definition, reason: ParkReason, why: str) -> Plan:
    """Of a connector whose credential cannot be used yet: its executions are kept until it can, unless it is switched
    off.
    """
    plan = uncalled_plan(published, Failure(FailureType.CREDENTIAL_UNUSABLE, why))
    return replace(plan, held=reason) if published.enabled else plan


def uncalled_plan(published: Definition, fault: Failure) -> Plan:
    """Of a connector whose executions come to that. It keeps what decides about calls of versions before it, and has
    neither limit nor credential, so that nothing else holds its executions up.
    """
    config = published.config
    header = None if config.idempotency_header is None else "Idempotency-Key"
    request = _kept(config, config.method).model_copy(update={"idempotency_header": header})
    return compile_plan(_plain(published, request), fault=fault)


def missing_version_plan(published: Definition, number: int, why: str) -> Plan:
    """Of a version that nothing can be called by: what may have been, while it existed, is not repeated."""
    message = f"Version {number} of the connector cannot be used: {why}. The published one is {published.version}."
    plain = _plain(published, _kept(published.config, Method.POST)).model_copy(update={"version": number})
    return compile_plan(plain, fault=Failure(FailureType.VERSION_UNAVAILABLE, message))


def _kept(config: RequestConfig, method: Method) -> RequestConfig:
    """What of a definition holds also for executions that cannot be called by it."""
    kept = {
        "parking": config.parking,
        "continue_on_error": config.continue_on_error,
        "log_errors": config.log_errors,
    }
    return RequestConfig(method=method, url=NOWHERE).model_copy(update=kept)


def _plain(published: Definition, request: RequestConfig) -> PublishedConnector:
    return PublishedConnector(
        connector_id=published.connector_id,
        workspace_id=published.workspace_id,
        revision=published.revision,
        changed_at=published.changed_at,
        version=published.version,
        name=published.name,
        enabled=published.enabled,
        config=request,
    )


def unknown_plan(connector_id: UUID, workspace_id: UUID) -> Plan:
    """Of a connector that is not known in the workspace, where another one may own it: its executions wait in no queue
    and no backlog of that id, and what may have been called before is not repeated.
    """
    return _placeless_plan(standin_id(connector_id, workspace_id), workspace_id, UNKNOWN)


def standin_id(connector_id: UUID, workspace_id: UUID) -> UUID:
    """Of the queue and the backlog of executions that asked for a connector that is not known in their workspace."""
    return uuid5(workspace_id, str(connector_id))


def deleted_plan(connector_id: UUID, workspace_id: UUID) -> Plan:
    """Of a connector that was deleted from its workspace: what may have been called before is not repeated."""
    return _placeless_plan(connector_id, workspace_id, DELETED)


def _placeless_plan(connector_id: UUID, workspace_id: UUID, fault: Failure) -> Plan:
    published = PublishedConnector(
        connector_id=connector_id,
        workspace_id=workspace_id,
        revision=1,
        changed_at=LONG_AGO,
        version=1,
        name="unknown",
        config=RequestConfig(method=Method.POST, url=NOWHERE),
    )
    return compile_plan(published, fault=fault)


def unreadable_plan(connector_id: UUID, workspace_id: UUID, why: str) -> Plan:
    """Of a definition that this version cannot read: a newer one can, so its executions are kept, and none is called
    by the definition that was there before.
    """
    message = f"This version of the executor cannot read the connector's definition: {why}."
    plan = _placeless_plan(connector_id, workspace_id, Failure(FailureType.INVALID_REQUEST, message))
    return replace(plan, held=ParkReason.DEFINITION_UNREADABLE)
