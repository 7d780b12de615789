"""What notices must keep to, wherever they are; run against the twin and against Postgres. Tests take a `told`."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from connector_registry.noticing.notice import Closing, NoticeBoard, NoticeKind, Notices, Opening, Wanted
from connectors_shared.http.cursor import Cursor

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Told:
    """Who tells, and what owners see of it."""

    board: NoticeBoard
    notices: Notices

    async def open(self, workspace: UUID) -> list[str]:
        return [one.detail for one in await self.notices.page(workspace, Wanted(is_open=True), None, 10)]


def failing(workspace: UUID, connector: UUID, **what: Any) -> Opening:
    usual: dict[str, Any] = {"detail": "it fails", "since": NOW, "changed_at": NOW}
    return Opening(workspace, NoticeKind.CONNECTOR_FAILING, connector_id=connector, **usual | what)


def works(workspace: UUID, connector: UUID, at: datetime | None) -> Closing:
    return Closing(workspace, NoticeKind.CONNECTOR_FAILING, at, connector_id=connector)


async def test_there_is_one_for_a_cause_until_that_ends(told: Told) -> None:
    workspace, connector = uuid4(), uuid4()
    later = NOW + timedelta(hours=1)
    await told.board.say([failing(workspace, connector), failing(workspace, connector)])
    await told.board.say([failing(workspace, connector, detail="it still fails", changed_at=later)])
    [notice] = await told.notices.page(workspace, Wanted(), None, 10)
    assert (notice.kind, notice.connector_id, notice.since) == ("connector_failing", connector, NOW)
    assert (notice.detail, notice.closed_at) == ("it still fails", None)
    await told.board.say([works(workspace, connector, later)])
    assert await told.open(workspace) == []
    [notice] = await told.notices.page(workspace, Wanted(is_open=False), None, 10)
    assert notice.closed_at is not None


async def test_what_is_heard_again_changes_nothing(told: Told) -> None:
    workspace, connector = uuid4(), uuid4()
    ended = NOW + timedelta(hours=1)
    said = [failing(workspace, connector), works(workspace, connector, ended)]
    await told.board.say([*said, *said])
    await told.board.say(said)
    assert len(await told.notices.page(workspace, Wanted(), None, 10)) == 1
    await told.board.say([failing(workspace, connector, changed_at=ended + timedelta(hours=1))])
    assert await told.open(workspace) == ["it fails"]
    await told.board.say([works(workspace, connector, ended)])
    assert await told.open(workspace) == ["it fails"], "it worked before it failed again"


async def test_what_is_said_without_a_time_is_so_now(told: Told) -> None:
    workspace, credential = uuid4(), uuid4()
    opening = Opening(workspace, NoticeKind.CREDENTIAL_STALE, "revoked", credential_id=credential)
    closing = Closing(workspace, NoticeKind.CREDENTIAL_STALE, credential_id=credential)
    for _ in range(2):
        await told.board.say([opening])
        assert await told.open(workspace) == ["revoked"]
        await told.board.say([closing])
        assert await told.open(workspace) == []


async def test_a_workspace_sees_its_own(told: Told) -> None:
    ours, theirs, connector = uuid4(), uuid4(), uuid4()
    await told.board.say([failing(ours, connector), failing(theirs, connector)])
    [notice] = await told.notices.page(ours, Wanted(), None, 10)
    assert await told.notices.mark_read(theirs, notice.id, "eve") is None
    assert await told.notices.unread(ours) == 1


async def test_the_first_who_reads_it_is_remembered(told: Told) -> None:
    workspace = uuid4()
    await told.board.say([failing(workspace, uuid4()), failing(workspace, uuid4(), detail="another")])
    assert await told.notices.unread(workspace) == 2
    [one, _] = await told.notices.page(workspace, Wanted(is_read=False), None, 10)
    first = await told.notices.mark_read(workspace, one.id, "ann")
    second = await told.notices.mark_read(workspace, one.id, "bob")
    assert first is not None
    assert first == second
    assert (first.id, first.read_by) == (one.id, "ann")
    assert await told.notices.unread(workspace) == 1
    assert await told.notices.mark_read(workspace, uuid4(), "ann") is None


async def test_all_of_them_are_read_at_once(told: Told) -> None:
    ours, theirs = uuid4(), uuid4()
    await told.board.say([failing(theirs, uuid4()), failing(ours, uuid4()), failing(ours, uuid4())])
    newest, oldest = await told.notices.page(ours, Wanted(), None, 10)
    assert await told.notices.mark_all_read(ours, oldest.opened_at, "ann") == 1
    assert await told.notices.unread(ours) == 1, "one that was opened later is to be seen first"
    assert await told.notices.mark_all_read(ours, newest.opened_at, "bob") == 1
    assert await told.notices.mark_all_read(ours, newest.opened_at, "bob") == 0
    read_by = [one.read_by for one in await told.notices.page(ours, Wanted(is_read=True), None, 10)]
    assert (read_by, await told.notices.unread(theirs)) == (["bob", "ann"], 1)


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (Wanted(), 3),
        (Wanted(kind="credential_stale"), 1),
        (Wanted(connector_id=UUID(int=1)), 1),
        (Wanted(connector_id=UUID(int=1), is_open=False), 0),
        (Wanted(is_open=False, kind="connector_failing"), 1),
        (Wanted(is_read=True), 0),
    ],
)
async def test_all_that_is_asked_for_has_to_hold(told: Told, wanted: Wanted, count: int) -> None:
    workspace = uuid4()
    await told.board.say([failing(workspace, UUID(int=1)), failing(workspace, UUID(int=2))])
    await told.board.say([works(workspace, UUID(int=2), NOW)])
    await told.board.say([Opening(workspace, NoticeKind.CREDENTIAL_STALE, "revoked", credential_id=uuid4())])
    assert len(await told.notices.page(workspace, wanted, None, 10)) == count


async def test_pages_follow_one_another(told: Told) -> None:
    workspace = uuid4()
    for n in range(5):
        await told.board.say([failing(workspace, uuid4(), detail=str(n))])
    seen, after = list[str](), None
    while page := await told.notices.page(workspace, Wanted(), after, 2):
        seen += [one.detail for one in page]
        after = Cursor(page[-1].opened_at, page[-1].id)
    assert seen == ["4", "3", "2", "1", "0"]
