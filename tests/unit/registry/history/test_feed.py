"""Those who follow: what each is told, in bounded memory, until it is over."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from connector_registry.history.feed import hub
from connector_registry.history.feed.hub import Feed, Followed, Reader, TooManyStreamsError
from connector_registry.history.feed.memory import InMemoryFeed
from connector_registry.history.feed.port import Portion
from connector_registry.history.recording.memory import InMemoryHistory
from connectors_shared.http.event_stream import EventStream
from connectors_shared.http.principal import Kind, Scope
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.postgres_faults import DatabaseUnavailableError
from tests.unit.registry.history.builders import CONNECTOR, OTHER_WORKSPACE, WORKSPACE, a_failed_line, a_line

ALL = Followed()


@pytest.fixture
def source(history: InMemoryHistory) -> InMemoryFeed:
    return InMemoryFeed(history, most=3)


@pytest.fixture
def feed(source: InMemoryFeed) -> Feed:
    return Feed(source, SystemClock())


@asynccontextmanager
async def running(feed: Feed) -> AsyncIterator[None]:
    task = asyncio.ensure_future(feed.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def events(text: bytes) -> list[tuple[int, str]]:
    """Position and execution id of each."""
    found = []
    for block in text.decode().split("\n\n"):
        fields = dict(line.partition(": ")[::2] for line in block.split("\n") if line)
        if "data" in fields and "event" not in fields:
            found.append((int(fields["id"]), json.loads(fields["data"])["id"]))
    return found


async def told(reader: Reader, most: int) -> list[tuple[int, str]]:
    """So many events, read one part after the other."""
    found: list[tuple[int, str]] = []
    async for part in reader.parts():
        found += events(part)
        if len(found) >= most:
            break
    return found


async def test_who_follows_is_told_of_what_is_recorded_from_then_on(feed: Feed, history: InMemoryHistory) -> None:
    await history.record([a_line()])
    reader = await feed.join(WORKSPACE, ALL, None)
    lines = [a_line(), a_failed_line()]
    await history.record([*lines, a_line(workspaceId=OTHER_WORKSPACE)])
    async with running(feed):
        assert await told(reader, 2) == [(2, str(lines[0].id)), (3, str(lines[1].id))]


@pytest.mark.parametrize("held", [2, 1000])
@pytest.mark.parametrize("after", [0, 1, 4, 9])
async def test_who_comes_again_goes_on_behind_the_last_event_whatever_is_held(
    feed: Feed, history: InMemoryHistory, monkeypatch: pytest.MonkeyPatch, held: int, after: int
) -> None:
    monkeypatch.setattr(hub, "HELD", held)
    lines = [a_line() for _ in range(10)]
    await history.record(lines[:5])
    other = await feed.join(WORKSPACE, ALL, None)
    await history.record(lines[5:])
    async with running(feed):
        assert len(await told(other, 5)) == 5
        reader = await feed.join(WORKSPACE, ALL, after)
        expected = [(place, str(line.id)) for place, line in enumerate(lines, 1)][after:]
        assert await told(reader, len(expected)) == expected


async def test_readers_of_a_workspace_are_read_for_once(
    feed: Feed, history: InMemoryHistory, source: InMemoryFeed
) -> None:
    readers = [await feed.join(WORKSPACE, ALL, None) for _ in range(5)]
    await history.record([a_line()])
    async with running(feed):
        assert [len(await told(reader, 1)) for reader in readers] == [1] * 5
    assert source.portions == 1


async def test_a_filter_leaves_out_and_the_position_goes_on(
    feed: Feed, history: InMemoryHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = a_failed_line(connectorId=CONNECTOR, context={"flowId": "f"})
    await history.record([a_line(), a_failed_line(), wanted, a_line(connectorId=uuid4())])
    followed = Followed(connector_id=CONNECTOR, flow_id="f", status="error")
    reader = await feed.join(WORKSPACE, followed, 0)
    async with running(feed):
        assert await told(reader, 1) == [(3, str(wanted.id))]
    monkeypatch.setattr(hub, "HEARTBEAT_SECONDS", 0.01)
    monkeypatch.setattr(hub, "BEHIND_SECONDS", 0.0)
    parts = reader.parts()
    while await anext(parts) != b": nothing new\nid: 4\n\n":
        pass


async def test_what_cannot_be_told_any_more_is_said(feed: Feed, history: InMemoryHistory, source: InMemoryFeed) -> None:
    await history.record([a_line() for _ in range(4)])
    source.forgotten = 2
    reader = await feed.join(WORKSPACE, ALL, 1)
    text = b""
    async for part in reader.parts():
        text += part
        if b"data" in part:
            break
    assert b"event: gap\n" in text
    assert [position for position, _ in events(text)] == [3, 4]


async def test_a_workspace_has_so_many_streams_and_gets_them_back(feed: Feed) -> None:
    readers = [await feed.join(WORKSPACE, ALL, None) for _ in range(hub.MOST_OF_WORKSPACE)]
    with pytest.raises(TooManyStreamsError):
        await feed.join(WORKSPACE, ALL, None)
    others = await feed.join(OTHER_WORKSPACE, ALL, None)
    for reader in (*readers, others):
        reader.leave()
    assert feed.readers == 0
    (await feed.join(WORKSPACE, ALL, None)).leave()


async def test_who_is_refused_leaves_nothing_behind(
    feed: Feed, monkeypatch: pytest.MonkeyPatch, source: InMemoryFeed
) -> None:
    monkeypatch.setattr(hub, "MOST_READERS", 1)
    reader = await feed.join(WORKSPACE, ALL, None)
    with pytest.raises(TooManyStreamsError):
        await feed.join(OTHER_WORKSPACE, ALL, None)
    assert feed.workspaces == {WORKSPACE}
    reader.leave()
    assert not feed.workspaces


async def test_readers_far_behind_read_in_turns(
    feed: Feed, history: InMemoryHistory, source: InMemoryFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    await history.record([a_line() for _ in range(12)])
    at_once, most, read = 0, 0, source.after

    async def after(workspace_id: UUID, position: int) -> Portion:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0)
        at_once -= 1
        return await read(workspace_id, position)

    monkeypatch.setattr(source, "after", after)
    readers = [await feed.join(WORKSPACE, ALL, 0) for _ in range(hub.READING_AT_ONCE + 3)]
    assert [len(found) for found in await asyncio.gather(*(told(reader, 12) for reader in readers))] == [12] * len(
        readers
    )
    assert most == hub.READING_AT_ONCE


async def test_a_reader_far_behind_who_wants_none_of_it_pauses_between_portions(
    feed: Feed, history: InMemoryHistory, source: InMemoryFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "BEHIND_SECONDS", 60.0)
    monkeypatch.setattr(hub, "HEARTBEAT_SECONDS", 0.05)
    await history.record([a_line() for _ in range(12)])
    reader = await feed.join(WORKSPACE, Followed(flow_run_id="none"), 0)
    parts = reader.parts()
    assert await anext(parts) == b"retry: 1000\nid: 0\n\n"
    assert await anext(parts) == b": nothing new\nid: 3\n\n"
    assert source.portions == 1
    await parts.aclose()


async def test_a_stream_ends_when_its_database_does_not_answer(
    feed: Feed, history: InMemoryHistory, source: InMemoryFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_workspace_id: UUID, _position: int) -> Any:
        raise DatabaseUnavailableError("gone")

    await history.record([a_line()])
    reader = await feed.join(WORKSPACE, ALL, 0)
    monkeypatch.setattr(source, "after", away)
    assert [part async for part in reader.parts()] == [b"retry: 1000\nid: 0\n\n"]


async def test_a_position_that_was_never_reached_is_a_gap(feed: Feed, history: InMemoryHistory) -> None:
    await history.record([a_line()])
    reader = await feed.join(WORKSPACE, ALL, 7)
    feed.close()
    parts = [part async for part in reader.parts()]
    assert parts[0] == b"retry: 1000\nid: 1\n\n"
    assert parts[1].startswith(b"event: gap\nid: 1\n")


async def test_a_reader_who_takes_nothing_is_left_and_its_place_is_free(feed: Feed, history: InMemoryHistory) -> None:
    await history.record([a_line()])
    reader = await feed.join(WORKSPACE, ALL, 0)

    async def never() -> Any:
        await asyncio.Event().wait()

    async def stuck(message: Any) -> None:
        if message["type"] == "http.response.body":
            await never()

    await EventStream(reader.parts(), reader.leave, send_seconds=0.01)({}, never, stuck)
    assert feed.readers == 0


async def test_who_hangs_up_leaves_its_place(feed: Feed) -> None:
    reader, sent = await feed.join(WORKSPACE, ALL, None), []

    async def hangs_up() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await EventStream(reader.parts(), reader.leave)({}, hangs_up, send)
    assert feed.readers == 0


async def test_over_http_events_come_until_the_process_stops(
    client: httpx2.AsyncClient, feed: Feed, history: InMemoryHistory, source: InMemoryFeed
) -> None:
    line = a_line()
    await history.record([a_line(), line])
    asking = asyncio.ensure_future(client.get("/api/executions/feed", headers={"Last-Event-ID": "1"}))
    while not source.portions:
        await asyncio.sleep(0)
    feed.close()
    answer = await asking
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert "content-length" not in answer.headers
    assert events(answer.content) == [(2, str(line.id))]


@pytest.mark.parametrize("last", ["-1", "x", "1" * 19])
async def test_an_id_that_no_event_had_is_refused(client: httpx2.AsyncClient, last: str) -> None:
    answer = await client.get("/api/executions/feed", headers={"Last-Event-ID": last})
    assert answer.status_code == 422


async def test_it_takes_the_scope_of_the_history(
    client: httpx2.AsyncClient, sign_in: Callable[..., dict[str, str]]
) -> None:
    for who in (sign_in(scopes=[Scope.CONNECTORS_READ]), sign_in(scopes=[Scope.EXECUTIONS_READ], kind=Kind.FLOW)):
        assert (await client.get("/api/executions/feed", headers=who)).status_code == 403
