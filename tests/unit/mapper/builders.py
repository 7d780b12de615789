"""Results as the executor publishes them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from connectors_shared.contract.contact import FieldMapping, MappingOptions, TargetType
from connectors_shared.contract.execution import ConnectorResult, ExecutionContext, ResultStatus

CONNECTOR_ID = UUID(int=7)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)

CREATE = MappingOptions(create_if_not_exists=True)


def user(path: str, field: str, default: Any = None) -> FieldMapping:
    return FieldMapping(source_path=path, target_field=field, default=default)


def custom(path: str, field: str) -> FieldMapping:
    return FieldMapping(source_path=path, target_field=field, target_type=TargetType.CUSTOM_FIELD)


def a_result(
    workspace_id: UUID,
    data: Any,
    *mappings: FieldMapping,
    contact_id: UUID | str | None = None,
    options: MappingOptions | None = None,
    minutes: float = 0,
    status: ResultStatus = ResultStatus.SUCCESS,
    execution_id: UUID | None = None,
) -> ConnectorResult:
    """Finished `minutes` after noon."""
    return ConnectorResult(
        execution_id=execution_id or uuid4(),
        workspace_id=workspace_id,
        connector_id=CONNECTOR_ID,
        connector_version=3,
        context=ExecutionContext(contact_id=str(contact_id) if contact_id else None),
        status=status,
        success=status is ResultStatus.SUCCESS,
        data=data,
        field_mappings=list(mappings),
        options=options or MappingOptions(),
        finished_at=NOON + timedelta(minutes=minutes),
    )
