"""The bytes that answer an execution are the contract's, whoever writes them."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_executor.execution import Attempted, Execution, Origin, Source
from connector_executor.outcome import Failure, Outcome, ResultMessage, Success, result_of
from connectors_shared.contract.execution import (
    Attempt,
    ConnectorExecute,
    ConnectorResult,
    ExecutionError,
    ResultStatus,
)
from connectors_shared.contract.failure import FailureType
from tests.unit.executor.a_connector import a_plan

NOW = datetime(2030, 1, 2, 3, 4, 5, 600_000, tzinfo=UTC)
STORED = sorted((Path(__file__).parents[2] / "contract" / "messages" / "v1").glob("connector.execute__*.json"))
REFUSED = Failure(FailureType.HTTP_ERROR, "the API answered 500", 500, retryable=True)
SKIPPED = Failure(FailureType.CONNECTOR_DISABLED, "connector Users is switched off")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def an_execution(value: bytes) -> Execution:
    execution = Execution(ConnectorExecute.model_validate_json(value), a_plan(), Origin(), 0.0, Source(value))
    execution.attempts = [
        Attempted(started=NOW, duration=12, outcome="timeout"),
        Attempted(started=NOW, duration=40, status=200, outcome="success"),
    ]
    execution.call_seconds = 0.052
    return execution


def expected(execution: Execution, outcome: Outcome, status: ResultStatus) -> ConnectorResult:
    event = execution.event
    data = outcome.data if isinstance(outcome, Success) else None
    error = None
    if isinstance(outcome, Failure):
        error = ExecutionError(
            type=outcome.type,
            message=outcome.message,
            http_status=outcome.http_status,
            retryable=outcome.retryable,
        )
    return ConnectorResult(
        execution_id=event.execution_id,
        workspace_id=event.workspace_id,
        connector_id=event.connector_id,
        connector_version=1,
        context=event.context,
        status=status,
        success=isinstance(outcome, Success),
        data=data,
        error=error,
        attempts=[
            Attempt(started=NOW, duration=12, outcome="timeout"),
            Attempt(started=NOW, duration=40, status=200, outcome="success"),
        ],
        execution_time=52,
        variables={event.store_as: data} if event.store_as and isinstance(outcome, Success) else {},
        field_mappings=event.field_mappings,
        options=event.options,
        on_error=event.on_error,
        finished_at=NOW,
    )


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Success({"name": "Ada", "tags": [], "gone": None}, 200), ResultStatus.SUCCESS),
        (Success(None, 204), ResultStatus.SUCCESS),
        (REFUSED, ResultStatus.ERROR),
        (SKIPPED, ResultStatus.SKIPPED),
        (Failure(FailureType.TIMEOUT, "too slow"), ResultStatus.TIMEOUT),
    ],
)
@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_the_bytes_are_those_of_the_contract(path: Path, outcome: Outcome, status: ResultStatus) -> None:
    execution = an_execution(path.read_bytes())
    assert result_of(execution, outcome, NOW).to_json() == expected(execution, outcome, status).to_json()


@given(data=JSON)
def test_any_data_comes_back_as_it_was(data: Any) -> None:
    execution = an_execution(
        json.dumps({name: str(UUID(int=1)) for name in ("executionId", "workspaceId", "connectorId")}).encode()
    )
    written = json.loads(result_of(execution, Success(data, 200), NOW).to_json())
    assert written.get("data") == data


@pytest.mark.parametrize(("ours", "contract"), [(ResultMessage, ConnectorResult), (Attempted, Attempt)])
def test_no_field_of_the_contract_is_forgotten(ours: Any, contract: Any) -> None:
    names = {field.serialization_alias or name for name, field in contract.model_fields.items()}
    assert set(ours.__struct_encode_fields__) == names
