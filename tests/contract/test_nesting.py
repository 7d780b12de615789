"""The deepest data that an executor publishes are read by whoever reads results."""

import json
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import msgspec
import pytest

from connector_executor.caller import Caller
from connector_executor.connectors.plan import compile_plan
from connector_executor.connectors.workspaces import Workspaces
from connector_executor.execution import Execution, Origin, Source
from connector_executor.metrics import ExecutorMetrics
from connector_executor.outcome import Failure, Outcome, Success
from connector_executor.result import encoded_result
from connector_executor.stages.authorize import Authorizer
from connectors_shared.contract.execution import ConnectorExecute, ConnectorResult
from connectors_shared.contract.failure import FailureType
from connectors_shared.contract.nesting import MOST_LEVELS, MOST_MESSAGE_LEVELS
from connectors_shared.contract.topics import RESULT
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.secrets import Keyring
from field_mapper.stages.decode import decode
from tests.unit.executor.a_connector import a_connector

IDS = {name: str(UUID(int=1)) for name in ("executionId", "workspaceId", "connectorId")}


def nested(levels: int) -> Any:
    return msgspec.json.decode(b"[" * levels + b"]" * levels)


def an_execution(**said: Any) -> Execution:
    value = json.dumps(IDS | said).encode()
    event = ConnectorExecute.model_validate_json(value)
    plan = compile_plan(a_connector(connector_id=event.connector_id, workspace_id=event.workspace_id))
    return Execution(event, plan, Origin(), 0.0, Source(value))


def written(execution: Execution, outcome: Outcome) -> ConnectorResult:
    """As flow engines read it; the field mapper reads the same."""
    now = datetime(2030, 1, 1, tzinfo=UTC)
    message = encoded_result(execution, outcome, now, most_data=100_000, most=RESULT.largest)[0]
    result, mapped = ConnectorResult.model_validate_json(message), decode(message)
    assert (mapped.success, mapped.data) == (result.success, result.data)
    return result


def result_of(data: Any, **said: Any) -> ConnectorResult:
    return written(an_execution(**said), Success(data, 200))


@pytest.mark.parametrize("said", [{}, {"storeAs": "out"}])
def test_the_deepest_data_are_read(said: dict[str, str]) -> None:
    result = result_of(nested(MOST_LEVELS), **said)
    assert (result.success, result.data) == (True, nested(MOST_LEVELS))
    assert result.variables == {name: nested(MOST_LEVELS) for name in said.values()}


@pytest.mark.parametrize("levels", [MOST_LEVELS + 1, 199, 600, 900])
@pytest.mark.parametrize("said", [{}, {"storeAs": "out"}])
@pytest.mark.parametrize("raw", [True, False])
def test_deeper_data_are_a_failure_that_says_what_to_change(levels: int, said: dict[str, str], raw: bool) -> None:
    data = nested(levels)
    result = result_of(msgspec.Raw(msgspec.json.encode(data)) if raw else data, **said)
    assert (result.success, result.data, result.variables) == (False, None, {})
    assert result.error is not None
    assert result.error.type is FailureType.RESULT_TOO_LARGE
    assert "nested deeper than 128 levels; choose fewer fields in the response transform" in result.error.message


def test_what_one_step_stored_is_a_variable_and_an_input_of_the_next() -> None:
    stored = result_of(nested(MOST_LEVELS), storeAs="out").variables
    message = {"context": {"variables": stored}, "inputs": {"step": {"out": stored["out"]}}}
    result = result_of([1], **message)
    assert (result.context.variables, result.inputs) == (stored, message["inputs"])
    assert MOST_LEVELS + 3 <= MOST_MESSAGE_LEVELS


@pytest.mark.parametrize("deep", [{"inputs": {"a": nested(150)}}, {"context": {"variables": {"a": nested(150)}}}])
async def test_a_deeper_question_gets_a_result_that_says_what_to_change(deep: dict[str, Any]) -> None:
    execution, nothing = an_execution(**deep), cast(Any, None)
    caller = Caller(
        nothing, Authorizer(Keyring({"k1": b"k" * 32})), nothing, SystemClock(), ExecutorMetrics(), Workspaces()
    )
    failure = (await caller.call(execution)).decision
    assert isinstance(failure, Failure)
    result = written(execution, failure)
    assert result.error is not None
    assert result.error.type is FailureType.INVALID_INPUT
    assert "nested deeper than 144 levels; send flatter inputs, variables and context" in result.error.message
