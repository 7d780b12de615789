"""`/api/metrics`: shapes, goals, refusals."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx2
import pytest

from connector_registry.history.recording.memory import InMemoryHistory
from tests.unit.registry.history.builders import CONNECTOR, NOON, a_failed_line, a_line

DAY = NOON.date()
CLOCK_BEGINS = datetime(2026, 1, 1, tzinfo=UTC)
"""That of the API in tests."""


async def test_goals_are_judged(client: httpx2.AsyncClient, history: InMemoryHistory) -> None:
    await history.record([a_line(executionTime=100) for _ in range(9)] + [a_failed_line(executionTime=4000)])
    params = {"since": str(DAY), "until": str(DAY), "connector_id": str(CONNECTOR)}
    found = (await client.get("/api/metrics", params=params)).json()
    told = found["performance"]
    assert (told["success_rate"], told["error_rate"], told["average_ms"]) == (0.9, 0.1, 490.0)
    assert told["average_goal_ms"] == {"goal": 3000, "met": True}
    assert told["success_goal"] == {"goal": 0.95, "met": False}
    assert told["error_goal"] == {"goal": 0.05, "met": False}
    assert 3500 < told["p99_ms"] < 4500
    assert (found["since"], found["usage"]["executions"]) == (str(DAY), 10)
    assert found["usage"]["by_hour"] == [{"hour": 12, "executions": 10}]
    assert found["usage"]["failures"] == [{"type": "http_error", "failures": 1}]


async def test_of_nothing_no_goal_is_met_or_missed(client: httpx2.AsyncClient) -> None:
    told = (await client.get("/api/metrics")).json()["performance"]
    assert (told["average_ms"], told["p95_ms"], told["success_goal"]["met"]) == (None, None, None)


@pytest.mark.parametrize(
    ("since", "until"),
    [(DAY, DAY - timedelta(days=1)), (DAY - timedelta(days=92), DAY)],
    ids=["backwards", "too long"],
)
async def test_days_that_cannot_be_measured_are_refused(
    client: httpx2.AsyncClient, since: object, until: object
) -> None:
    answer = await client.get("/api/metrics", params={"since": str(since), "until": str(until)})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/since")


async def test_a_dashboard_asks_for_the_last_day_of_many_at_once(
    client: httpx2.AsyncClient, history: InMemoryHistory
) -> None:
    await history.record([a_line(at=CLOCK_BEGINS), a_failed_line(at=CLOCK_BEGINS)])
    other = str(uuid4())
    answer = await client.get("/api/metrics/activity", params={"connectorId": [other, str(CONNECTOR), other]})
    nothing, busy = answer.json()["connectors"]
    assert (nothing["connector_id"], nothing["executions"]) == (other, [0] * 24)
    assert (busy["executions"], busy["failed"]) == ([0] * 23 + [2], [0] * 23 + [1])


@pytest.mark.parametrize("count", [0, 101])
async def test_activity_is_of_some_connectors(client: httpx2.AsyncClient, count: int) -> None:
    asked = [str(uuid4()) for _ in range(count)]
    assert (await client.get("/api/metrics/activity", params={"connectorId": asked})).status_code == 422
