"""A run and its history, as lines for a terminal."""

from typing import Any

from connectors_local.demo.history import history_lines

RUN: dict[str, Any] = {"id": "r", "steps": [{"step_id": "enrich", "state": "succeeded"}]}
LINE = {"step_id": "enrich", "status": "success", "execution_time_ms": 61, "id": "e", "executed_at": "2026-01-01"}
METRICS: dict[str, Any] = {
    "usage": {"executions": 150},
    "performance": {
        "success_rate": 0.995,
        "success_goal": {"goal": 0.95, "met": True},
        "average_ms": 3400.0,
        "average_goal_ms": {"goal": 3000, "met": False},
        "p95_ms": None,
    },
}


def test_a_run_its_executions_and_the_numbers_are_told() -> None:
    assert list(history_lines(RUN, [LINE], METRICS)) == [
        "run r: enrich succeeded",
        "history: enrich: success in 61 ms (e)",
        "metrics: 150 executions today, success rate 99.5 % (goal met), average 3400 ms (goal missed), p95 –",
    ]
