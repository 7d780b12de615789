"""What every executor must do for the registry; run against the in-memory twin and against a real executor.

Tests take a `bench`, which knows connectors of every kind that matters.
"""

from typing import Any, Protocol
from uuid import UUID, uuid4

from connector_registry.executions.port import Answer, Executions, Refused
from connector_registry.executions.shapes import Order, parse_order
from connectors_shared.contract.execution import ConnectorResult, ResultStatus
from connectors_shared.contract.failure import FailureType

WORKSPACE = UUID("11111111-1111-4111-8111-111111111111")


class Bench(Protocol):
    """Connectors that can be executed; each call of an `echoing` one gives other data."""

    executions: Executions

    async def echoing(self) -> UUID: ...

    async def limited(self) -> UUID:
        """Its only slot of the hour is taken."""

    async def disabled(self) -> UUID: ...


def an_order(connector_id: UUID, workspace_id: UUID = WORKSPACE, **fields: Any) -> Order:
    return parse_order(fields, workspace_id, connector_id)


def refusal(answer: Answer) -> tuple[int, str]:
    assert isinstance(answer, Refused), answer
    return answer.problem.status, answer.problem.type


async def test_the_result_answers_the_order(bench: Bench) -> None:
    order = an_order(await bench.echoing(), storeAs="found", context={"flowRunId": "run", "stepId": "step"})
    result = await bench.executions.execute(order)
    assert isinstance(result, ConnectorResult)
    assert (result.success, result.status) == (True, ResultStatus.SUCCESS)
    assert (result.execution_id, result.connector_id) == (order.execution_id, order.connector_id)
    assert (result.workspace_id, result.context) == (WORKSPACE, order.context)
    assert result.variables == {"found": result.data}


async def test_the_same_execution_id_gets_the_same_result(bench: Bench) -> None:
    order = an_order(await bench.echoing(), executionId=str(uuid4()))
    assert await bench.executions.execute(order) == await bench.executions.execute(order)
    other = await bench.executions.execute(an_order(order.connector_id))
    assert isinstance(other, ConnectorResult)
    assert other.execution_id != order.execution_id


async def test_the_same_execution_id_for_another_connector_gets_the_first_result(bench: Bench) -> None:
    first = an_order(await bench.echoing())
    second = an_order(await bench.echoing(), executionId=str(first.execution_id))
    assert await bench.executions.execute(first) == await bench.executions.execute(second)


async def test_a_limited_connector_says_when_to_come_again(bench: Bench) -> None:
    answer = await bench.executions.execute(an_order(await bench.limited()))
    assert refusal(answer) == (429, "/problems/rate-limited")
    assert isinstance(answer, Refused)
    assert int(answer.retry_after or 0) > 3000


async def test_what_nobody_has_published_is_unknown(bench: Bench) -> None:
    assert refusal(await bench.executions.execute(an_order(uuid4()))) == (404, "/problems/unknown-connector")


async def test_a_disabled_connector_is_skipped(bench: Bench) -> None:
    result = await bench.executions.execute(an_order(await bench.disabled()))
    assert isinstance(result, ConnectorResult)
    assert (result.success, result.status) == (False, ResultStatus.SKIPPED)
    assert result.error is not None
    assert result.error.type is FailureType.CONNECTOR_DISABLED
