"""The history in Postgres answers what every one must, by indexes, and looks at a bounded part of it."""

from dataclasses import fields
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from connector_registry.history import postgres
from connector_registry.history.conditions import statement, way_to
from connector_registry.history.postgres import FIXED, LISTING, PostgresReading
from connector_registry.history.reading import Wanted
from connector_registry.history.recording.postgres import PostgresHistory
from tests.integration.registry.history.conftest import SeenInPostgres
from tests.unit.registry.history.builders import NOON, WORKSPACE, a_failed_line, a_line
from tests.unit.registry.history.reading_suite import *  # noqa: F403  # the shared tests, collected here

INDEXES: dict[str, tuple[dict[str, Any], str]] = {
    "all": ({}, "pkey"),
    "a connector": ({"connector_id": uuid4()}, "workspace_id_connector_id_ex"),
    "its failures": ({"connector_id": uuid4(), "status": "error"}, "workspace_id_connector_id_ex"),
    "a flow": ({"flow_id": "f"}, "workspace_id_flow_id_"),
    "a run": ({"flow_run_id": "r", "text": "x"}, "workspace_id_flow_run_id_"),
    "a contact": ({"contact_id": "c", "trigger": "rest"}, "workspace_id_contact_id_"),
    "a kind of failure": ({"error_type": "timeout"}, "workspace_id_error_type_"),
    "failures": ({"status": "error"}, "workspace_id_executed_at_id"),
    "text": ({"text": "x"}, "workspace_id_executed_at_id"),
    "a rare trigger": ({"trigger": "rest"}, "workspace_id_trigger_"),
}


@pytest.mark.parametrize(("wanted", "index"), INDEXES.values(), ids=INDEXES)
async def test_a_list_walks_one_index_in_its_order(
    seen: SeenInPostgres, reading: PostgresReading, wanted: dict[str, Any], index: str
) -> None:
    sql, values = statement(way_to(Wanted(**wanted)), LISTING, FIXED + 1)
    window = (WORKSPACE, NOON - timedelta(hours=1), NOON + timedelta(hours=1), uuid4(), 100, 10)
    async with seen.connection.transaction():
        # An empty table would be read as a whole; what matters is that an index can lead through it.
        await seen.connection.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        plan = await seen.connection.fetch(f"EXPLAIN (COSTS off) {sql}", *window, *values)
    text = "\n".join(row[0] for row in plan)
    assert "Index Scan" in text, text
    assert index in text, text
    assert "Sort" not in text.partition("Index Scan")[2], text


async def test_a_search_that_finds_little_goes_on_behind_what_was_looked_at(
    history: PostgresHistory, reading: PostgresReading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "MOST_LOOKED_AT", 4)
    lines = [a_failed_line(at=NOON + timedelta(seconds=number)) for number in range(9)]
    oldest = a_failed_line("timeout", at=NOON - timedelta(hours=1), error={"type": "timeout", "message": "Too slow."})
    await history.record([*lines, oldest])
    pages, after = 0, None
    found: list[Any] = []
    while True:
        page = await reading.page(WORKSPACE, Wanted(text="slow"), after, 5)
        pages, found = pages + 1, [*found, *page.lines]
        if (after := page.rest) is None:
            break
    assert ([line.id for line in found], pages) == ([oldest.id], 3)


async def test_every_filter_is_a_condition(history: PostgresHistory, reading: PostgresReading) -> None:
    line = a_line()
    await history.record([line])
    nothing = {"connector_id": uuid4(), "status": "error", "http_status": 599}
    for field in fields(Wanted):
        if field.name not in ("since", "until"):
            wanted = Wanted(**{field.name: nothing.get(field.name, "nothing")})
            assert (await reading.page(WORKSPACE, wanted, None, 5)).lines == []
