"""The feed in Postgres tells what every one must, and loses nothing that is recorded by two processes at once."""

import asyncio
from itertools import count

import pytest

from connector_registry.history.feed.postgres import PostgresFeed
from connector_registry.history.recording import postgres
from connector_registry.history.recording.postgres import PostgresHistory
from tests.integration.registry.history.conftest import SeenInPostgres, Shared
from tests.unit.registry.history.builders import WORKSPACE, a_line
from tests.unit.registry.history.feed_suite import *  # noqa: F403  # the shared tests, collected here


@pytest.fixture
def source(shared: Shared, seen: SeenInPostgres) -> PostgresFeed:
    return PostgresFeed(shared.app, shared.worker)


async def test_who_follows_while_two_processes_record_misses_none(
    history: PostgresHistory, source: PostgresFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "FED_AT_ONCE", 3)
    batches = [[a_line() for _ in range(7)] for _ in range(8)]
    recording = asyncio.gather(*(history.record(batch) for batch in batches))
    found, position = [], 0
    for _ in count():
        is_over = recording.done()
        portion = await source.after(WORKSPACE, position)
        assert not portion.has_gap
        found += [each.line.id for each in portion.lines]
        position = portion.position
        if is_over and not portion.lines:
            break
    await recording
    assert len(found) == len(set(found)) == position == 56
    assert set(found) == {line.id for batch in batches for line in batch}


async def test_what_is_forgotten_is_a_gap(history: PostgresHistory, source: PostgresFeed, seen: SeenInPostgres) -> None:
    await history.record([a_line()])
    await seen.connection.execute("UPDATE registry.execution_feed SET recorded_at = now() - interval '2 days'")
    await history.record([a_line()])
    await history.forget_feed(1)
    portion = await source.after(WORKSPACE, 0)
    assert ([each.position for each in portion.lines], portion.has_gap) == ([2], True)
