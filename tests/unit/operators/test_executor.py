"""The client of the executor's internal API: what it reads, what it asks, what it says when something is wrong."""

from collections.abc import Callable
from uuid import UUID

import httpx2
import pytest

from connectors_local.demo.clients import Api, ApiError
from connectors_local.operators.backlog import list_parked
from connectors_local.operators.executor import Executor
from tests.unit.operators.fake_executor import TOKEN, FakeExecutor, a_parked_execution, a_status, in_seconds

CONNECTOR, WORKSPACE = UUID(int=7), UUID(int=1)
Handler = Callable[[httpx2.Request], httpx2.Response]


def executor(handler: Handler, token: str = TOKEN) -> Executor:
    headers = {"Authorization": f"Bearer {token}"}
    return Executor(
        Api(httpx2.AsyncClient(base_url="http://e", transport=httpx2.MockTransport(handler), headers=headers))
    )


async def test_a_status_is_read_with_all_its_parts() -> None:
    parked = {"count": 371, "waitingForRetry": 2, "oldest": in_seconds(-5), "nextSlot": None, "drainSeconds": 371.0}
    reasons = [{"code": "rate_limited", "detail": "its slot is far away", "until": in_seconds(3)}]
    said = a_status(CONNECTOR, state="limited", parked=parked, reasons=reasons, inFlight=1, newer="field")
    status = await executor(FakeExecutor({CONNECTOR: said}).answer).status(CONNECTOR, WORKSPACE)
    assert (status.state, status.parked.count, status.parked.drain_seconds) == ("limited", 371, 371.0)
    assert (status.reasons[0].code, status.in_flight) == ("rate_limited", 1)


async def test_parts_that_are_left_out_or_null_are_no_mistake() -> None:
    said = {"connectorId": str(CONNECTOR), "state": "unknown", "name": None, "limit": None, "breaker": None}
    status = await executor(FakeExecutor({CONNECTOR: said}).answer).status(CONNECTOR, WORKSPACE)
    assert (status.name, status.limit, status.parked.count) == (None, None, 0)


async def test_an_answer_of_another_shape_says_which_field() -> None:
    said = a_status(CONNECTOR, parked={"count": "many"})
    with pytest.raises(ApiError, match=r"another shape.*parked\.count"):
        await executor(FakeExecutor({CONNECTOR: said}).answer).status(CONNECTOR, WORKSPACE)


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_token_says_which_variable_and_never_the_token(status: int) -> None:
    refusing = executor(lambda request: httpx2.Response(status, json={}), token="canary-token")
    with pytest.raises(ApiError, match="CONNECTORS_OPERATOR_TOKEN") as caught:
        await refusing.cancel(CONNECTOR, WORKSPACE)
    assert "canary-token" not in str(caught.value)


@pytest.mark.parametrize("status", [404, 500, 503])
async def test_a_failure_says_what_was_asked(status: int) -> None:
    failing = executor(lambda request: httpx2.Response(status, json={"title": "no"}))
    asked = rf"GET http://e/internal/connectors/{CONNECTOR}/status\?workspaceId={WORKSPACE}"
    with pytest.raises(ApiError, match=f"{asked} answered {status}"):
        await failing.status(CONNECTOR, WORKSPACE)


async def test_the_list_goes_over_pages_and_stops_at_what_was_asked_for() -> None:
    fake = FakeExecutor(backlogs={CONNECTOR: [a_parked_execution(number) for number in range(25)]}, page=10)
    everything = await list_parked(executor(fake.answer), CONNECTOR, WORKSPACE, most=100, after=None)
    assert [line.execution_id.int for line in everything.parked] == list(range(25))
    assert everything.next is None
    some = await list_parked(executor(fake.answer), CONNECTOR, WORKSPACE, most=12, after=None)
    rest = await list_parked(executor(fake.answer), CONNECTOR, WORKSPACE, most=100, after=some.next)
    assert some.parked + rest.parked == everything.parked


async def test_all_or_some_of_a_backlog_are_cancelled() -> None:
    fake = FakeExecutor(backlogs={CONNECTOR: [a_parked_execution(number) for number in range(5)]})
    client = executor(fake.answer)
    assert await client.cancel(CONNECTOR, WORKSPACE, [UUID(int=1), UUID(int=9)]) == 1
    assert await client.cancel(CONNECTOR, WORKSPACE) == 4
    some, everything = [body for _, body in fake.cancellations]
    assert some == {"workspaceId": str(WORKSPACE), "executionIds": [str(UUID(int=1)), str(UUID(int=9))]}
    assert everything == {"workspaceId": str(WORKSPACE), "executionIds": None}
