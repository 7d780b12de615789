"""Reads and changes a workspace, and makes one where there is none yet."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import UUID

from connector_registry.outbox.port import Announcements
from connector_registry.workspaces.port import Workspace, WorkspaceChanged, WorkspaceStore
from connector_registry.workspaces.shapes import WorkspaceChange
from connectors_shared.contract.workspace import PublishedWorkspace
from connectors_shared.http.principal import Principal
from connectors_shared.http.request_limits import RequestLimits
from connectors_shared.runtime.clock import Clock


def requests_of(store: WorkspaceStore) -> Callable[[UUID], Awaitable[int | None]]:
    """How often a workspace may ask in a minute; None of one that has settled nothing."""

    async def asked(workspace_id: UUID) -> int | None:
        found = await store.find(workspace_id)
        return None if found is None else found.published.requests_per_minute

    return asked


class WorkspaceSettings:
    """Each caller sees their own workspace. A workspace comes into being with its first use, with the defaults."""

    def __init__(
        self, store: WorkspaceStore, announcements: Announcements, limits: RequestLimits, clock: Clock
    ) -> None:
        self._store = store
        self._announcements = announcements
        self._limits = limits
        self._clock = clock

    async def read(self, who: Principal) -> Workspace:
        found = await self._store.find(who.workspace_id)
        if found is not None:
            return found
        now = self._clock.now()
        first = PublishedWorkspace(workspace_id=who.workspace_id, revision=1, changed_at=now)
        await self._store.add(Workspace(first, now, who.user_id))
        return await self._stored(who.workspace_id)

    async def change(
        self, who: Principal, change: WorkspaceChange, expected: frozenset[int] | None
    ) -> tuple[Workspace, bool]:
        """The workspace, and whether the change is published; one that changes nothing makes no revision.

        `expected` None: any revision. Raises WorkspaceChanged.
        """
        stored = await self.read(who)
        if expected is not None and stored.revision not in expected:
            raise WorkspaceChanged(stored.revision)
        wanted = change.fields()
        if all(getattr(stored.published, name) == value for name, value in wanted.items()):
            return stored, await self._announcements.published()
        revision = {"revision": stored.revision + 1, "changed_at": self._clock.now()}
        changed = replace(
            stored, published=stored.published.model_copy(update=wanted | revision), updated_by=who.user_id
        )
        if not await self._store.replace(changed):
            raise WorkspaceChanged((await self._stored(who.workspace_id)).revision)
        self._limits.allow(changed.id, changed.published.requests_per_minute)
        return changed, await self._announcements.published()

    async def _stored(self, workspace_id: UUID) -> Workspace:
        found = await self._store.find(workspace_id)
        assert found is not None, "a workspace is never deleted"
        return found
