"""An outcome raises the class that says what a caller can do about it."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from connectors_client import (
    AnswerUnusableError,
    CallFailedError,
    ConnectorResult,
    ExecutionFailedError,
    FailureType,
    NotCalledError,
    Outcome,
    OutcomeUnknownError,
    derived_execution_id,
)
from connectors_shared.contract.execution import ExecutionError, ResultStatus
from connectors_shared.contract.failure import AFTER_THE_CALL, BEFORE_THE_CALL


def failed(failure: FailureType) -> Outcome:
    error = ExecutionError(type=failure, message="why", http_status=500, retryable=True)
    return Outcome(uuid4(), success=False, error=error)


@pytest.mark.parametrize("failure", list(FailureType), ids=str)
def test_every_failure_has_a_class(failure: FailureType) -> None:
    expected: type[ExecutionFailedError] = CallFailedError
    if failure in BEFORE_THE_CALL:
        expected = NotCalledError
    elif failure in AFTER_THE_CALL:
        expected = AnswerUnusableError
    elif failure is FailureType.OUTCOME_UNKNOWN:
        expected = OutcomeUnknownError
    with pytest.raises(ExecutionFailedError, match=f"{failure.value}: why") as raised:
        failed(failure).raise_for_failure()
    assert type(raised.value) is expected
    assert (raised.value.failure, raised.value.http_status, raised.value.retryable) == (failure, 500, True)
    assert raised.value.may_have_happened == (failure in AFTER_THE_CALL or failure is FailureType.OUTCOME_UNKNOWN)


def test_a_success_is_handed_on() -> None:
    outcome = Outcome(uuid4(), success=True, data={"a": 1})
    assert outcome.raise_for_failure() is outcome


def test_an_outcome_is_that_of_its_result() -> None:
    result = ConnectorResult(
        execution_id=UUID(int=1),
        workspace_id=UUID(int=2),
        connector_id=UUID(int=3),
        status=ResultStatus.SUCCESS,
        success=True,
        data=[1],
        execution_time=12,
        variables={"x": [1]},
        finished_at=datetime(2025, 1, 16, tzinfo=UTC),
    )
    assert Outcome.of(result) == Outcome(UUID(int=1), True, [1], None, 12, {"x": [1]}, result)


def test_ids_are_the_same_for_the_same_parts_only() -> None:
    run = uuid4()
    assert derived_execution_id(run, "step", 1) == derived_execution_id(run, "step", 1)
    others = {
        derived_execution_id(run, "step", 2),
        derived_execution_id(run, "step1"),
        derived_execution_id(run, "ste", "p1"),
        derived_execution_id(uuid4(), "step", 1),
    }
    assert len(others | {derived_execution_id(run, "step", 1)}) == 5
