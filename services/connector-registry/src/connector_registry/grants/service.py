"""Gives and takes back grants, each with who did it and why."""

from collections.abc import Callable
from uuid import UUID, uuid4

from connector_registry.connectors.port import ConnectorStore
from connector_registry.grants.port import Grant, GrantMissing, GrantStore, InternalHostRefused
from connector_registry.grants.shapes import GrantDraft
from connector_registry.outbox.port import Announcements
from connectors_shared.contract.grant import MOST_GRANTS
from connectors_shared.http.idempotency import no_promise
from connectors_shared.http.principal import Principal
from connectors_shared.http.problems import FieldProblem, InvalidRequestError
from connectors_shared.runtime.clock import Clock


class GrantBook:
    """Each caller sees those of their own workspace. `internal_grants`: whether they may be for internal hosts."""

    def __init__(
        self,
        store: GrantStore,
        connectors: ConnectorStore,
        announcements: Announcements,
        clock: Clock,
        *,
        internal_grants: bool,
    ) -> None:
        self._store = store
        self._connectors = connectors
        self._announcements = announcements
        self._clock = clock
        self._internal_grants = internal_grants

    async def give(
        self, who: Principal, draft: GrantDraft, promise: Callable[[Grant], None] = no_promise
    ) -> tuple[Grant, bool]:
        """The grant, and whether it is published; `promise` is told of it before it is there.

        Raises InvalidRequestError, InternalHostRefused, GrantExists or TooManyGrants.
        """
        connector_id = draft.connector_id
        if connector_id is not None and await self._connectors.find(who.workspace_id, connector_id) is None:
            raise InvalidRequestError([FieldProblem(pointer="/connector_id", detail="is no connector of yours")])
        grant = Grant(
            id=uuid4(),
            workspace_id=who.workspace_id,
            connector_id=connector_id,
            host=draft.host,
            port=draft.port,
            reason=draft.reason,
            created_by=who.user_id,
            created_at=self._clock.now(),
        )
        if not self.is_in_force(grant):
            raise InternalHostRefused(errors=[FieldProblem(pointer="/host", detail="is internal")])
        promise(grant)
        await self._store.add(grant, MOST_GRANTS)
        return grant, await self._announcements.published()

    def is_in_force(self, grant: Grant) -> bool:
        return self._internal_grants or not grant.is_internal

    async def all(self, who: Principal) -> list[Grant]:
        return await self._store.all(who.workspace_id)

    async def take_back(self, who: Principal, grant_id: UUID) -> bool:
        """Whether the executors can know it already. Raises GrantMissing."""
        grant = await self._store.find(who.workspace_id, grant_id)
        if grant is None or not await self._store.remove(grant, grant.deletion(self._clock.now()), who.user_id):
            raise GrantMissing
        return await self._announcements.published()
