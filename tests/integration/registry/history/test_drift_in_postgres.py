"""Answers as they are kept, beside what connectors promise, read by a role that sees no definition."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from connector_registry.history.recording.drift import ENOUGH, DriftWatch, Sampled
from connector_registry.history.recording.drift_postgres import PostgresSamples
from connector_registry.history.recording.postgres import PostgresHistory
from connector_registry.noticing.notice import Wanted
from connector_registry.noticing.postgres import PostgresNoticeBoard, PostgresNotices
from tests.integration.registry.history.conftest import SeenInPostgres, Shared
from tests.unit.registry.history.builders import CONNECTOR, NOON, WORKSPACE, a_failed_line, a_line

SAVED = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
SILENT, OFF = UUID(int=4), UUID(int=5)
ADD = """
    INSERT INTO registry.connectors (id, workspace_id, name, category, enabled, revision, published_version, created_at,
        created_by, updated_at, updated_by)
    VALUES ($1, $2, 'Users', 'enrichment', $3, 1, 3, now(), 'ann', now(), 'ann')
"""
VERSION = "INSERT INTO registry.connector_versions VALUES ($1, 3, $2, $3, 'ann', now())"


async def add(seen: SeenInPostgres, connector_id: UUID, schema: Any, *, enabled: bool = True) -> None:
    async with seen.connection.transaction():
        await seen.connection.execute(ADD, connector_id, WORKSPACE, enabled)
        await seen.connection.execute(VERSION, connector_id, WORKSPACE, json.dumps({"output_schema": schema}))


async def test_the_newest_whole_answers_of_the_published_version(
    shared: Shared, history: PostgresHistory, seen: SeenInPostgres
) -> None:
    await add(seen, CONNECTOR, SAVED)
    await add(seen, SILENT, None)
    await add(seen, OFF, SAVED, enabled=False)
    others = [
        a_line(data={"of": "a test"}, trigger="test"),
        a_line(data={"of": "an older version"}, connectorVersion=2),
        a_line(data={"of": "too much" * 5_000}),
        a_failed_line(),
    ]
    usual = [a_line(data={"name": str(n)}, at=NOON - timedelta(seconds=n)) for n in range(ENOUGH + 5)]
    await history.record([*others, *usual])
    samples = PostgresSamples(shared.worker)
    found = {one.connector_id: one for one in await samples.following(None, 10)}
    assert found.keys() == {CONNECTOR, SILENT, OFF}
    newest = [{"name": str(n)} for n in range(ENOUGH)]
    assert found[CONNECTOR] == Sampled(WORKSPACE, CONNECTOR, SAVED, newest)
    assert [(found[one].schema, found[one].outputs) for one in (SILENT, OFF)] == [(None, []), (None, [])]
    assert [one.connector_id for one in await samples.following(SILENT, 1)] == [OFF]


async def test_a_notice_of_it_is_about_answers_and_not_about_health(
    shared: Shared, history: PostgresHistory, seen: SeenInPostgres
) -> None:
    await add(seen, CONNECTOR, SAVED)
    await history.record([a_line(data={"fullName": "Ann"}) for _ in range(ENOUGH)])
    await DriftWatch(PostgresSamples(shared.worker), PostgresNoticeBoard(shared.worker)).look()
    [notice] = await PostgresNotices(shared.app).page(WORKSPACE, Wanted(is_open=True), None, 10)
    assert (notice.kind, notice.connector_name) == ("schema_drift", "Users")
    assert "/name is not there any more" in notice.detail
    [sample] = await PostgresSamples(shared.worker).following(None, 10)
    assert sample.told
