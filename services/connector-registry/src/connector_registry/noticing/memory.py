"""A twin of the notices in Postgres for tests."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

from connector_registry.noticing.notice import Notice, Opening, Said, Wanted
from connectors_shared.http.cursor import Cursor


@dataclass(frozen=True, slots=True)
class _Row:
    workspace_id: UUID
    cause: str
    changed_at: datetime
    notice: Notice


class InMemoryNotices:
    """`name_of`: what a connector or credential is called now."""

    def __init__(self, name_of: Callable[[UUID], str | None] = lambda _id: None) -> None:
        self._name_of = name_of
        self._rows: dict[UUID, _Row] = {}

    def say_now(self, said: Said) -> None:
        """As `notices.postgres.say`, where something is done."""
        known = [row for row in self._rows.values() if (row.workspace_id, row.cause) == (said.workspace_id, said.cause)]
        now = datetime.now(UTC)
        at = said.changed_at or now
        if isinstance(said, Opening):
            if any(said.changed_at is not None and row.changed_at >= at for row in known):
                return
            is_open = [row for row in known if row.notice.closed_at is None]
            self._keep(replace(is_open[0], changed_at=at, notice=replace(is_open[0].notice, detail=said.detail))
                       if is_open else _opened(said, at, now))  # fmt: skip
            return
        for row in known:
            if row.notice.closed_at is None and row.changed_at <= at:
                self._keep(replace(row, changed_at=at, notice=replace(row.notice, closed_at=now)))

    async def say(self, said: Sequence[Said]) -> None:
        for each in said:
            self.say_now(each)

    def close_all_of(self, workspace_id: UUID, connector_id: UUID) -> None:
        for row in list(self._rows.values()):
            if (row.workspace_id, row.notice.connector_id, row.notice.closed_at) == (workspace_id, connector_id, None):
                self._keep(replace(row, notice=replace(row.notice, closed_at=datetime.now(UTC))))

    async def page(self, workspace_id: UUID, wanted: Wanted, after: Cursor | None, limit: int) -> list[Notice]:
        own = [self._named(row.notice) for row in self._rows.values() if row.workspace_id == workspace_id]
        found = [
            one for one in own if _is_wanted(one, wanted) and (after is None or after.is_before(one.opened_at, one.id))
        ]
        return sorted(found, key=lambda one: (one.opened_at, one.id), reverse=True)[:limit]

    async def unread(self, workspace_id: UUID) -> int:
        return len(await self.page(workspace_id, Wanted(is_open=True, is_read=False), None, len(self._rows)))

    async def mark_read(self, workspace_id: UUID, notice_id: UUID, by: str) -> Notice | None:
        row = self._rows.get(notice_id)
        if row is None or row.workspace_id != workspace_id:
            return None
        if row.notice.read_at is None:
            self._keep(replace(row, notice=replace(row.notice, read_at=datetime.now(UTC), read_by=by)))
        return self._named(self._rows[notice_id].notice)

    async def mark_all_read(self, workspace_id: UUID, until: datetime, by: str) -> int:
        unread = await self.page(workspace_id, Wanted(is_open=True, is_read=False), None, len(self._rows))
        told = [notice for notice in unread if notice.opened_at <= until]
        for notice in told:
            await self.mark_read(workspace_id, notice.id, by)
        return len(told)

    def _keep(self, row: _Row) -> None:
        self._rows[row.notice.id] = row

    def _named(self, notice: Notice) -> Notice:
        names = [self._name_of(one) if one else None for one in (notice.connector_id, notice.credential_id)]
        return replace(notice, connector_name=names[0], credential_name=names[1])


def _opened(said: Opening, at: datetime, now: datetime) -> _Row:
    notice = Notice(
        id=uuid4(),
        kind=said.kind.value,
        connector_id=said.connector_id,
        credential_id=said.credential_id,
        connector_name=None,
        credential_name=None,
        detail=said.detail,
        since=said.since or now,
        opened_at=now,
        closed_at=None,
        read_at=None,
        read_by=None,
    )
    return _Row(said.workspace_id, said.cause, at, notice)


def _is_wanted(notice: Notice, wanted: Wanted) -> bool:
    return (
        (wanted.is_open is None or (notice.closed_at is None) is wanted.is_open)
        and (wanted.is_read is None or (notice.read_at is not None) is wanted.is_read)
        and (wanted.connector_id is None or notice.connector_id == wanted.connector_id)
        and (wanted.kind is None or notice.kind == wanted.kind)
    )
