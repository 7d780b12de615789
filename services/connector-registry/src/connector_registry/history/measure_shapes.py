"""What is answered about the success of connectors."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from pydantic import BaseModel

from connector_registry.history.durations import percentile
from connector_registry.history.measures import (
    GOAL_ERRORS,
    GOAL_MS,
    GOAL_SUCCESS,
    HOURS,
    Counts,
    Hour,
    Measured,
    Period,
)

MILLISECONDS = 1
RATES = 4
"""Digits that are told."""


class AdoptionView(BaseModel):
    """Connectors that are there. `active`: enabled, and used within these days. `active_ratio`: of all.
    `flows`: that used one within them.
    """

    connectors: int
    enabled: int
    active: int
    inactive: int
    active_ratio: float | None
    flows: int


class Goal(BaseModel):
    """`met` is null where nothing was measured."""

    goal: float
    met: bool | None


class PerformanceView(BaseModel):
    """Of executions that were not skipped; times over all attempts. Percentiles are exact within an eighth."""

    average_ms: float | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    success_rate: float | None
    error_rate: float | None
    average_goal_ms: Goal
    success_goal: Goal
    error_goal: Goal


class CountsView(BaseModel):
    executions: int
    succeeded: int
    failed: int
    timed_out: int
    skipped: int
    success_rate: float | None
    average_ms: float | None


class DayView(CountsView):
    day: date


class ConnectorCounts(CountsView):
    """`name` is null for connectors that are not there any more."""

    connector_id: UUID
    name: str | None


class HourView(BaseModel):
    """An hour of the day, in UTC."""

    hour: int
    executions: int


class CategoryView(BaseModel):
    """`category` is null for connectors that are not there any more."""

    category: str | None
    executions: int


class FailureView(BaseModel):
    type: str
    failures: int


class UsageView(BaseModel):
    """`by_hour`: of at most the last 40 days. `connectors`: the hundred that were called most. Categories and failures:
    most frequent first.
    """

    executions: int
    by_day: list[DayView]
    by_hour: list[HourView]
    categories: list[CategoryView]
    connectors: list[ConnectorCounts]
    failures: list[FailureView]


class MetricsView(BaseModel):
    """Days of UTC, both included."""

    since: date
    until: date
    adoption: AdoptionView
    performance: PerformanceView
    usage: UsageView


class ActivityView(BaseModel):
    """For each hour, the oldest first: what ended in it, and how much of that failed or took too long."""

    connector_id: UUID
    executions: list[int]
    failed: list[int]


class ActivityList(BaseModel):
    """`since`: when the first of the 24 hours began; the last is the one that runs."""

    since: datetime
    connectors: list[ActivityView]


def activity_of(since: datetime, asked: Sequence[UUID], found: Mapping[UUID, Mapping[datetime, Hour]]) -> ActivityList:
    """In this order."""
    hours = [since + timedelta(hours=number) for number in range(HOURS)]
    return ActivityList(since=since, connectors=[_activity(one, hours, found.get(one, {})) for one in asked])


def _activity(connector_id: UUID, hours: Sequence[datetime], found: Mapping[datetime, Hour]) -> ActivityView:
    told = [found.get(hour, Hour()) for hour in hours]
    return ActivityView(
        connector_id=connector_id,
        executions=[hour.executions for hour in told],
        failed=[hour.failed for hour in told],
    )


def metrics_of(period: Period, found: Measured) -> MetricsView:
    return MetricsView(
        since=period.since,
        until=period.until,
        adoption=_adoption(found),
        performance=_performance(found),
        usage=_usage(found),
    )


def _adoption(found: Measured) -> AdoptionView:
    here = found.adoption
    return AdoptionView(
        connectors=here.connectors,
        enabled=here.enabled,
        active=here.active,
        inactive=here.connectors - here.active,
        active_ratio=_rounded(here.active / here.connectors, RATES) if here.connectors else None,
        flows=here.flows,
    )


def _performance(found: Measured) -> PerformanceView:
    total = found.total
    average, success, errors = total.average_ms, total.success_rate, total.error_rate
    return PerformanceView(
        average_ms=_rounded(average, MILLISECONDS),
        p50_ms=_rounded(percentile(found.durations, 50), MILLISECONDS),
        p95_ms=_rounded(percentile(found.durations, 95), MILLISECONDS),
        p99_ms=_rounded(percentile(found.durations, 99), MILLISECONDS),
        success_rate=_rounded(success, RATES),
        error_rate=_rounded(errors, RATES),
        average_goal_ms=Goal(goal=GOAL_MS, met=None if average is None else average < GOAL_MS),
        success_goal=Goal(goal=GOAL_SUCCESS, met=None if success is None else success > GOAL_SUCCESS),
        error_goal=Goal(goal=GOAL_ERRORS, met=None if errors is None else errors < GOAL_ERRORS),
    )


def _usage(found: Measured) -> UsageView:
    return UsageView(
        executions=found.total.executions,
        by_day=[DayView(day=day, **_told(counts)) for day, counts in found.by_day.items()],
        by_hour=[HourView(hour=hour, executions=count) for hour, count in found.by_hour.items()],
        categories=[CategoryView(category=name, executions=count) for name, count in found.by_category.items()],
        connectors=[
            ConnectorCounts(connector_id=id_, name=found.names.get(id_), **_told(counts))
            for id_, counts in found.by_connector.items()
        ],
        failures=[FailureView(type=kind, failures=count) for kind, count in found.errors.items()],
    )


def _told(counts: Counts) -> dict[str, float | None]:
    return {
        "executions": counts.executions,
        "succeeded": counts.succeeded,
        "failed": counts.failed,
        "timed_out": counts.timed_out,
        "skipped": counts.skipped,
        "success_rate": _rounded(counts.success_rate, RATES),
        "average_ms": _rounded(counts.average_ms, MILLISECONDS),
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
