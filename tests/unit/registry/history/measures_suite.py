"""What every store of success metrics answers; tests take a `history` that records, and `measures` of it.

CONNECTOR is there with the category `enrichment`, OTHER with `crm` and switched off; the third is not there any more.
"""

from datetime import timedelta
from uuid import UUID, uuid4

from connector_registry.history.durations import percentile
from connector_registry.history.measures import Adoption, Hour, Measures, Period, first_hour
from connector_registry.history.port import HistoryStore
from tests.unit.registry.history.builders import (
    CONNECTOR,
    NOON,
    OTHER_WORKSPACE,
    WORKSPACE,
    a_failed_line,
    a_line,
)

OTHER = UUID("44444444-4444-4444-8444-444444444444")
DAY = NOON.date()
NAMES = {CONNECTOR: "Phone number enrichment", OTHER: "Create a deal"}
PERIOD = Period(DAY - timedelta(days=6), DAY)


async def recorded(history: HistoryStore) -> None:
    await history.record(
        [a_line(executionTime=100 + number, context={"flowId": f"f{number % 3}"}) for number in range(16)]
    )
    await history.record(
        [a_failed_line("timeout", status="timeout", executionTime=5000), a_failed_line(executionTime=60)]
    )
    skipped = a_failed_line("cancelled", status="skipped", executionTime=0)
    await history.record([skipped, a_line(trigger="test"), a_line(workspaceId=OTHER_WORKSPACE)])
    await history.record([a_line(connectorId=OTHER, at=NOON - timedelta(hours=2), executionTime=7, context={})])
    await history.record([a_line(connectorId=uuid4(), executionTime=9)])


async def test_executions_are_summed_over_the_days(history: HistoryStore, measures: Measures) -> None:
    await recorded(history)
    found = await measures.of(WORKSPACE, PERIOD)
    total = found.total
    assert (total.executions, total.succeeded, total.failed, total.timed_out, total.skipped) == (21, 18, 1, 1, 1)
    assert total.success_rate == 0.9
    assert total.error_rate == 0.1
    assert total.average_ms == (sum(range(100, 116)) + 5000 + 60 + 7 + 9) / 20
    assert sum(found.durations) == 20
    median = percentile(found.durations, 50)
    assert median is not None
    assert 100 <= median < 120
    assert found.errors == {"timeout": 1, "http_error": 1, "cancelled": 1}


async def test_they_are_told_by_day_hour_category_and_connector(history: HistoryStore, measures: Measures) -> None:
    await recorded(history)
    found = await measures.of(WORKSPACE, PERIOD)
    assert {day: counts.executions for day, counts in found.by_day.items()} == {DAY: 21}
    assert found.by_hour == {10: 1, 12: 20}
    assert found.by_category == {"enrichment": 19, "crm": 1, None: 1}
    assert [counts.executions for counts in found.by_connector.values()] == [19, 1, 1]
    assert next(iter(found.by_connector)) == CONNECTOR
    assert found.names == NAMES


async def test_adoption_is_of_connectors_that_are_there(history: HistoryStore, measures: Measures) -> None:
    await recorded(history)
    found = await measures.of(WORKSPACE, PERIOD)
    assert found.adoption == Adoption(connectors=2, enabled=1, active=1, flows=5)


async def test_one_connector_and_one_category_can_be_asked_for(history: HistoryStore, measures: Measures) -> None:
    await recorded(history)
    by_id = await measures.of(WORKSPACE, Period(PERIOD.since, PERIOD.until, connector_id=OTHER))
    by_category = await measures.of(WORKSPACE, Period(PERIOD.since, PERIOD.until, category="crm"))
    assert by_id == by_category
    assert (by_id.total.executions, by_id.by_hour) == (1, {10: 1})
    assert by_id.adoption == Adoption(connectors=1, enabled=0, active=0, flows=1)


async def test_of_other_days_there_is_nothing(history: HistoryStore, measures: Measures) -> None:
    await recorded(history)
    found = await measures.of(WORKSPACE, Period(DAY + timedelta(days=1), DAY + timedelta(days=2)))
    assert (found.total.executions, found.durations, found.by_day, found.adoption.active) == (0, [], {}, 0)
    assert found.total.success_rate is None


async def test_the_last_hours_are_told_of_each_connector(history: HistoryStore, measures: Measures) -> None:
    await recorded(history)
    asked = [OTHER, CONNECTOR, uuid4()]
    found = await measures.hourly(WORKSPACE, asked, first_hour(NOON))
    assert {one: dict(hours) for one, hours in found.items()} == {
        CONNECTOR: {NOON.replace(minute=0, second=0, microsecond=0): Hour(executions=19, failed=2)},
        OTHER: {(NOON - timedelta(hours=2)).replace(minute=0, second=0, microsecond=0): Hour(executions=1)},
    }
    assert not await measures.hourly(WORKSPACE, asked, first_hour(NOON - timedelta(hours=3)))
    assert not await measures.hourly(WORKSPACE, asked, first_hour(NOON + timedelta(hours=24)))
