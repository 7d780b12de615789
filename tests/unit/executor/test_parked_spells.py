"""When an execution was in the backlog, and why, as its result tells."""

from datetime import datetime, timedelta
from uuid import UUID

from connector_executor.execution import Execution, Origin
from connector_executor.outcome import Success
from connector_executor.parking.envelope import MOST_SPELLS, seal, unseal
from connector_executor.parking.port import ParkReason, TakenRow
from connector_executor.result import encoded_result
from connectors_shared.contract.execution import ConnectorResult
from tests.unit.executor.a_connector import CONNECTOR, WORKSPACE
from tests.unit.executor.parking_scene import START, an_execution


def after(execution: Execution, reason: ParkReason, since: datetime, until: datetime) -> Execution:
    """As it comes out of the backlog."""
    row = TakenRow(
        workspace_id=WORKSPACE,
        execution_id=UUID(execution.id),
        connector_id=CONNECTOR,
        lane=1,
        message=execution.source.value,
        envelope=seal(execution, reason, since),
        attempt=1,
        parked_at=since,
        cancelled=False,
        expired=False,
        generation=None,
    )
    return unseal(row, execution.plan, lambda plan, _number: plan, Origin(), 0.0, until)


def told(execution: Execution) -> list[tuple[str, float]]:
    encoded, _ = encoded_result(execution, Success(None, 200), START, most_data=1_000, most=100_000)
    spells = ConnectorResult.model_validate_json(encoded).parked
    return [(spell.reason, (spell.until - spell.since).total_seconds()) for spell in spells]


def minute(number: float) -> datetime:
    return START + timedelta(minutes=number)


def test_each_time_is_told_with_its_reason() -> None:
    execution = after(an_execution(), ParkReason.RATE_LIMITED, minute(0), minute(2))
    execution = after(execution, ParkReason.RETRY, minute(3), minute(8))
    assert told(execution) == [("rate_limited", 120.0), ("retry", 300.0)]


def test_what_was_only_looked_at_in_between_is_one_time() -> None:
    execution = after(an_execution(), ParkReason.BEHIND_OTHERS, minute(0), minute(2))
    execution = after(execution, ParkReason.BEHIND_OTHERS, minute(2.1), minute(5))
    assert told(execution) == [("behind_others", 300.0)]


def test_the_last_times_are_told_of_very_many() -> None:
    execution = an_execution()
    for number in range(MOST_SPELLS + 5):
        reason = ParkReason.RETRY if number % 2 else ParkReason.RATE_LIMITED
        execution = after(execution, reason, minute(number), minute(number + 1))
    assert len(told(execution)) == MOST_SPELLS


def test_what_was_never_parked_says_nothing() -> None:
    encoded, _ = encoded_result(an_execution(), Success(None, 200), START, most_data=1_000, most=100_000)
    assert b"parked" not in encoded
