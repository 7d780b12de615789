"""A run, what the history recorded of it, and the numbers of a workspace, as lines for a terminal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def history_lines(
    run: Mapping[str, Any], recorded: Sequence[Mapping[str, Any]], metrics: Mapping[str, Any]
) -> Iterator[str]:
    """Of the answers of `/api/runs/{id}`, `/api/executions` and `/api/metrics`."""
    steps = " → ".join(f"{step['step_id']} {step['state']}" for step in run["steps"])
    yield f"run {run['id']}: {steps}"
    for line in sorted(recorded, key=lambda each: str(each["executed_at"])):
        yield f"history: {line['step_id']}: {line['status']} in {line['execution_time_ms']} ms ({line['id']})"
    yield from metric_lines(metrics)


def metric_lines(metrics: Mapping[str, Any]) -> Iterator[str]:
    usage, told = metrics["usage"], metrics["performance"]
    yield (
        f"metrics: {usage['executions']} executions today, success rate {percent(told['success_rate'])} "
        f"({judged(told['success_goal'])}), average {milliseconds(told['average_ms'])} "
        f"({judged(told['average_goal_ms'])}), p95 {milliseconds(told['p95_ms'])}"
    )


def percent(rate: float | None) -> str:
    return "–" if rate is None else f"{100 * rate:.1f} %"


def milliseconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f} ms"


def judged(goal: Mapping[str, Any]) -> str:
    """Against the goals of the specification."""
    return {True: "goal met", False: "goal missed"}.get(goal["met"], "nothing measured")
