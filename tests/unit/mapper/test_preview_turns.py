"""Previews of mappings wait for each other within bounds, and not for whoever has gone."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI, Request
from prometheus_client import CollectorRegistry

from connectors_shared.http.access import Access
from connectors_shared.http.api import rest_api
from connectors_shared.http.observing import RequestMetrics
from connectors_shared.http.principal import Principal, Scope
from connectors_shared.runtime.clock import SystemClock
from field_mapper.coercion import UserFieldCoercion
from field_mapper.inbound.http.preview import preview_router
from field_mapper.inbound.http.turns import MOST_WAITING, TooManyPreviewsError, Turns

from .twin import InMemorySession

WORKSPACE, OTHER = UUID(int=1), UUID(int=2)
ASKED = {"fieldMappings": [{"sourcePath": "city", "targetField": "city"}], "data": {"city": "Paris"}}


async def test_only_so_many_wait_and_whoever_goes_makes_room() -> None:
    turns, go_on = Turns(), asyncio.Event()

    async def take(workspace: UUID) -> None:
        async with turns.of(workspace):
            await go_on.wait()

    waiting = [asyncio.create_task(take(WORKSPACE)) for _ in range(MOST_WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(TooManyPreviewsError):
        await take(WORKSPACE)
    another = asyncio.create_task(take(OTHER))
    waiting[1].cancel()
    await asyncio.gather(waiting[1], return_exceptions=True)
    go_on.set()
    await asyncio.gather(waiting[0], *waiting[2:], another, take(WORKSPACE))
    await asyncio.gather(*(take(WORKSPACE) for _ in range(MOST_WAITING)))


class Held:
    """Contacts that are not found before somebody lets them."""

    def __init__(self) -> None:
        self.asked, self.go_on, self.left = asyncio.Event(), asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def previewing(self, _workspace_id: UUID) -> AsyncIterator[InMemorySession]:
        self.asked.set()
        try:
            await self.go_on.wait()
        finally:
            self.left.set()
        yield InMemorySession({}, {})


def a_mapper(previews: Held) -> FastAPI:
    async def authenticate(_request: Request) -> Principal:
        return Principal(WORKSPACE, "ann", scopes=frozenset(Scope))

    app = rest_api("connectors-field-mapper", "Tests", "Of tests.", RequestMetrics("tests", CollectorRegistry()))
    app.include_router(preview_router(Access(authenticate), lambda _workspace: UserFieldCoercion("US"), SystemClock()))
    app.state.previews = previews
    return app


async def asked(app: FastAPI, left: asyncio.Event) -> int:
    """The status. Over ASGI itself: no client of ours hangs up in the middle."""
    messages = [{"type": "http.request", "body": json.dumps(ASKED).encode(), "more_body": False}]
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        if messages:
            return messages.pop()
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": "/api/contacts/mapping-preview",
        "raw_path": b"",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json"), (b"host", b"mapper")],
        "scheme": "http",
        "server": ("mapper", 80),
        "client": ("test", 1),
        "root_path": "",
    }
    await app(scope, receive, send)
    return statuses[0]


async def test_who_hangs_up_gives_the_turn_back() -> None:
    previews = Held()
    app, gone, stays = a_mapper(previews), asyncio.Event(), asyncio.Event()
    first = asyncio.create_task(asked(app, gone))
    await previews.asked.wait()
    second = asyncio.create_task(asked(app, stays))
    gone.set()
    assert await first == 499
    assert previews.left.is_set()
    previews.go_on.set()
    assert await second == 200


async def test_who_hangs_up_keeps_the_turn_as_long_as_the_thread_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else somebody who hangs up again and again fills all threads of the mapper."""
    began, go_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def slow(*_asked: Any) -> None:
        loop.call_soon_threadsafe(began.set)
        go_on.wait()

    monkeypatch.setattr("field_mapper.stages.preview.propose", slow)
    previews = Held()
    app, gone, stays = a_mapper(previews), asyncio.Event(), asyncio.Event()
    first = asyncio.create_task(asked(app, gone))
    await began.wait()
    began.clear()
    gone.set()
    second = asyncio.create_task(asked(app, stays))
    for _ in range(100):
        await asyncio.sleep(0)

    assert (began.is_set(), first.done()) == (False, False)
    go_on.set()
    assert (await first, await second) == (499, 200)
