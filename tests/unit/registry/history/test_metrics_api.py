"""`/api/metrics`: shapes, goals, refusals."""

from datetime import timedelta

import httpx2
import pytest

from connector_registry.history.recording.memory import InMemoryHistory
from tests.unit.registry.history.builders import CONNECTOR, NOON, a_failed_line, a_line

DAY = NOON.date()


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
