"""What every history answers; tests take a `history` that records and a `reading` of it."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from connector_registry.history.port import HistoryStore
from connector_registry.history.reading import Reading, Wanted
from connector_registry.history.recording.lines import Line
from connectors_shared.http.cursor import Cursor
from tests.unit.registry.history.builders import (
    CONNECTOR,
    NOON,
    OTHER_WORKSPACE,
    WORKSPACE,
    a_failed_line,
    a_line,
    a_mapping_line,
)

OTHER = uuid4()


def some_lines() -> dict[str, Line]:
    """One after the other, a minute apart."""
    lines = {
        "plain": a_line(at=NOON),
        "other": a_line(at=NOON + timedelta(minutes=1), connectorId=OTHER, context={"flowId": "flow-2"}),
        "rest": a_line(at=NOON + timedelta(minutes=2), trigger="rest", context={"contactId": "contact-2"}),
        "broken": a_failed_line("timeout", at=NOON + timedelta(minutes=3), status="timeout", context={}),
        "failed": a_failed_line(at=NOON + timedelta(minutes=4), context={"flowRunId": "run-2"}),
    }
    theirs = a_line(at=NOON, workspaceId=OTHER_WORKSPACE)
    return lines | {"theirs": theirs}


async def names(reading: Reading, lines: dict[str, Line], **wanted: Any) -> list[str]:
    by_id = {line.id: name for name, line in lines.items()}
    page = await reading.page(WORKSPACE, Wanted(**wanted), None, 10)
    assert page.rest is None
    return [by_id[line.id] for line in page.lines]


WANTED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "all": ({}, ["failed", "broken", "rest", "other", "plain"]),
    "a connector": ({"connector_id": OTHER}, ["other"]),
    "a flow": ({"flow_id": "flow-1"}, ["plain"]),
    "a run": ({"flow_run_id": "run-2"}, ["failed"]),
    "a contact": ({"contact_id": "contact-2"}, ["rest"]),
    "successes": ({"status": "success"}, ["rest", "other", "plain"]),
    "time-outs": ({"status": "timeout"}, ["broken"]),
    "a kind of failure": ({"error_type": "http_error"}, ["failed"]),
    "what the API answered": ({"http_status": 500}, ["failed", "broken"]),
    "a failure and what the API answered": ({"error_type": "http_error", "http_status": 503}, []),
    "a rare trigger": ({"trigger": "rest"}, ["rest"]),
    "the usual trigger": ({"trigger": "flow", "status": "success"}, ["other", "plain"]),
    "text in the error": ({"text": "api ANSWERED"}, ["failed", "broken"]),
    "text that is nowhere": ({"text": "nothing like it"}, []),
    "failures of a connector": ({"connector_id": CONNECTOR, "status": "error"}, ["failed"]),
    "all at once": ({"connector_id": CONNECTOR, "flow_run_id": "run-2", "text": "500", "trigger": "flow"}, ["failed"]),
    "since": ({"since": NOON + timedelta(minutes=3)}, ["failed", "broken"]),
    "until": ({"until": NOON + timedelta(minutes=1)}, ["plain"]),
    "what does not go together": ({"flow_run_id": "run-2", "contact_id": "contact-2"}, []),
}


@pytest.mark.parametrize(("wanted", "expected"), WANTED.values(), ids=WANTED)
async def test_what_is_wanted_is_found_newest_first(
    history: HistoryStore, reading: Reading, wanted: dict[str, Any], expected: list[str]
) -> None:
    lines = some_lines()
    await history.record(list(lines.values()))
    assert await names(reading, lines, **wanted) == expected


async def test_pages_follow_each_other_without_a_gap_or_a_repeat(history: HistoryStore, reading: Reading) -> None:
    lines = [a_line(at=NOON + timedelta(seconds=number // 3)) for number in range(10)]
    await history.record(lines)
    seen: list[UUID] = []
    after: Cursor | None = None
    while True:
        page = await reading.page(WORKSPACE, Wanted(), after, 3)
        seen += [line.id for line in page.lines]
        if (after := page.rest) is None:
            break
    assert seen == [line.id for line in sorted(lines, key=lambda line: (line.executed_at, line.id), reverse=True)]


async def test_one_is_found_in_full_with_what_was_mapped(history: HistoryStore, reading: Reading) -> None:
    line = a_line(labels={"campaign": "May"})
    await history.record([line])
    await history.record_mappings([a_mapping_line(executionId=line.id), a_mapping_line()])
    found = await reading.find(WORKSPACE, line.id)
    assert found is not None
    assert (found.execution["input_data"], found.execution["labels"]) == (line.input_data, line.labels)
    assert (found.execution["cut"], found.execution["executed_at"]) == ([], line.executed_at)
    [mapping] = found.mappings
    assert (mapping["created"], mapping["user_fields"]) == (True, '{"first_name": "Jose"}')
    assert await reading.find(OTHER_WORKSPACE, line.id) is None
    assert await reading.find(WORKSPACE, uuid4()) is None


async def test_which_have_an_outcome_and_which_were_applied_since_is_told_of_several(
    history: HistoryStore, reading: Reading
) -> None:
    ended, applied, before = a_line(), uuid4(), uuid4()
    since = NOON + timedelta(hours=3)
    await history.record([ended])
    await history.record_mappings(
        [
            a_mapping_line(executionId=before),
            a_mapping_line(executionId=applied, updatedAt=since.isoformat()),
            a_mapping_line(executionId=applied, updatedAt=(since + timedelta(hours=1)).isoformat()),
        ]
    )
    asked = [ended.id, applied, before, uuid4()]
    found = await reading.outcomes(WORKSPACE, asked)
    assert {id_: (each.status, each.executed_at) for id_, each in found.items()} == {
        ended.id: (ended.status, ended.executed_at)
    }
    assert await reading.applied(WORKSPACE, asked, since) == {applied: since + timedelta(hours=1)}
    assert (await reading.outcomes(WORKSPACE, []), await reading.applied(WORKSPACE, [], since)) == ({}, {})
    other = await reading.outcomes(OTHER_WORKSPACE, asked), await reading.applied(OTHER_WORKSPACE, asked, since)
    assert other == ({}, {})


async def test_failures_are_grouped_by_what_they_say_most_frequent_first(
    history: HistoryStore, reading: Reading
) -> None:
    first, last = a_failed_line(at=NOON), a_failed_line(at=NOON + timedelta(minutes=9))
    other = a_failed_line("timeout", status="timeout", at=NOON, connectorId=OTHER)
    await history.record([first, last, other, a_line()])
    causes = await reading.causes(WORKSPACE, Wanted())
    assert [(cause.error_type, cause.count) for cause in causes] == [("http_error", 2), ("timeout", 1)]
    assert (causes[0].first_at, causes[0].last_at, causes[0].example_id) == (
        first.executed_at,
        last.executed_at,
        last.id,
    )
    assert [cause.count for cause in await reading.causes(WORKSPACE, Wanted(connector_id=OTHER))] == [1]


async def test_executions_are_counted_by_flow_without_tests(history: HistoryStore, reading: Reading) -> None:
    here = [a_line(at=NOON), a_failed_line(at=NOON + timedelta(minutes=1)), a_line(context={}), a_line(trigger="test")]
    await history.record([*here, a_line(connectorId=OTHER, context={"flowId": "flow-2"}), *[a_line()] * 2])
    callers = await reading.callers(WORKSPACE, Wanted(connector_id=CONNECTOR))
    assert [(caller.flow_id, caller.executions, caller.failed) for caller in callers] == [
        ("flow-1", 3, 1),
        (None, 1, 0),
    ]
    assert callers[0].last_at == NOON + timedelta(minutes=1)
    assert [caller.flow_id for caller in await reading.callers(WORKSPACE, Wanted(flow_id="flow-2"))] == ["flow-2"]


async def test_when_it_was_parked_is_kept_with_it(history: HistoryStore, reading: Reading) -> None:
    line = a_line(parked=[{"since": NOON.isoformat(), "until": NOON.isoformat(), "reason": "retry"}])
    await history.record([line])
    found = await reading.find(WORKSPACE, line.id)
    assert found is not None
    assert found.execution["parked"] == line.parked
    [summary] = (await reading.page(WORKSPACE, Wanted(), None, 5)).lines
    assert (summary.requested_at, summary.started_at) == (line.requested_at, line.started_at)
