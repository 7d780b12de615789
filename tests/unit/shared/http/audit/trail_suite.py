"""What every trail must do; run against the in-memory twin and against Postgres. Tests take a `trail`."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from connectors_shared.http.audit.entry import Action, Actor, Entry, Thing
from connectors_shared.http.audit.trail import Trail, Wanted
from connectors_shared.http.cursor import Cursor

ANN = Actor("user", "ann", "key-1")


def an_entry(workspace: UUID, **what: Any) -> Entry:
    usual: dict[str, Any] = {"action": Action.CREATED, "kind": Thing.CONNECTOR, "id": "c1", "name": "CRM", "actor": ANN}
    return Entry(workspace, **usual | what)


async def test_what_is_noted_is_read_again(trail: Trail) -> None:
    workspace, change = uuid4(), {"pointer": "/n", "before": 2**63, "after": None}
    await trail.note(an_entry(workspace, changes=[change], details={"port": 80}))
    [record] = await trail.page(workspace, Wanted(), None, 10)
    assert (record.actor_kind, record.actor_id, record.actor_key) == ("user", "ann", "key-1")
    assert (record.action, record.kind, record.thing_id, record.thing_name) == ("created", "connector", "c1", "CRM")
    assert (record.changes, record.details) == ([change], {"port": 80})
    assert (record.address, record.request_id, record.trace_id) == (None, None, None)
    assert datetime.now(UTC) - record.at < timedelta(days=1)
    assert await trail.page(uuid4(), Wanted(), None, 10) == []


async def test_without_a_request_the_system_did_it(trail: Trail) -> None:
    workspace = uuid4()
    await trail.note(an_entry(workspace, actor=None))
    [record] = await trail.page(workspace, Wanted(), None, 10)
    assert (record.actor_kind, record.actor_id) == ("system", "")


async def test_what_others_make_up_is_bounded(trail: Trail) -> None:
    workspace = uuid4()
    await trail.note(an_entry(workspace, name="a\x00b" + "x" * 1_000, actor=Actor("user", "\x00" + "y" * 1_000)))
    [record] = await trail.page(workspace, Wanted(), None, 10)
    assert record.thing_name is not None
    assert (record.thing_name[:3], len(record.thing_name), len(record.actor_id)) == ("abx", 200, 200)


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (Wanted(), "dcba"),
        (Wanted(action="deleted"), "c"),
        (Wanted(kind="grant"), "b"),
        (Wanted(thing_id="c2"), "dc"),
        (Wanted(actor_id="bob"), "d"),
        (Wanted(actor_key="key-1"), "cba"),
        (Wanted(actor_id="ann", thing_id="c2", action="deleted"), "c"),
        (Wanted(actor_id="bob", action="deleted"), ""),
        (Wanted(until=datetime(2026, 1, 1, tzinfo=UTC)), ""),
        (Wanted(since=datetime(2026, 1, 1, tzinfo=UTC)), "dcba"),
    ],
)
async def test_all_that_is_asked_for_has_to_hold(trail: Trail, wanted: Wanted, names: str) -> None:
    workspace = uuid4()
    await trail.note(an_entry(workspace, name="a"))
    await trail.note(an_entry(workspace, name="b", kind=Thing.GRANT))
    await trail.note(an_entry(workspace, name="c", id="c2", action=Action.DELETED))
    await trail.note(an_entry(workspace, name="d", id="c2", actor=Actor("service", "bob")))
    found = await trail.page(workspace, wanted, None, 10)
    assert "".join(one.thing_name or "" for one in found) == names


async def test_pages_follow_one_another(trail: Trail) -> None:
    workspace = uuid4()
    for n in range(5):
        await trail.note(an_entry(workspace, name=str(n)))
    seen, after = list[str | None](), None
    while page := await trail.page(workspace, Wanted(kind="connector"), after, 2):
        seen += [one.thing_name for one in page]
        after = Cursor(page[-1].at, page[-1].id)
    assert seen == ["4", "3", "2", "1", "0"]
