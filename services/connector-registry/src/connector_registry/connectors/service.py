"""Create, change and delete connectors: the one place that knows the order of the steps."""

from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID, uuid4

from connector_registry.connectors.connector import Connector, ConnectorSummary, Definition, ListFilter
from connector_registry.connectors.draft import ConnectorDraft, Reading, read_change, read_draft
from connector_registry.connectors.port import (
    ConnectorMissing,
    ConnectorStore,
    DraftRefused,
    StaleVersion,
    VersionChanged,
)
from connector_registry.connectors.rules import check
from connector_registry.credentials.port import Credential, Credentials, UnusableSecrets
from connector_registry.outbox.port import Announcements
from connectors_shared.http.principal import Principal
from connectors_shared.http.problems import FieldProblem
from connectors_shared.runtime.clock import Clock

MAX_MESSAGE_BYTES: Final = 900_000
"""Below what the broker takes, so that no definition can block the messages behind it."""


@dataclass(frozen=True, slots=True)
class Change:
    """A committed change. `published` False: it is saved, its message follows once Kafka takes it."""

    connector: Connector
    published: bool


class Catalogue:
    """The connectors of all workspaces, each caller seeing their own."""

    def __init__(
        self, store: ConnectorStore, credentials: Credentials, announcements: Announcements, clock: Clock
    ) -> None:
        self._store = store
        self._credentials = credentials
        self._announcements = announcements
        self._clock = clock

    async def create(self, who: Principal, raw: object) -> Change:
        """Raises DraftRefused."""
        reading, now, connector_id = read_draft(raw), self._clock.now(), uuid4()
        draft = _readable(reading)
        connector = Connector(
            id=connector_id,
            workspace_id=who.workspace_id,
            revision=1,
            version=1,
            definition=_definition(draft),
            credential=None,
            created_at=now,
            updated_at=now,
            created_by=who.user_id,
        )
        connector = self._judged(connector, draft, reading)
        await self._store.add(connector, _message(connector))
        return await self._announced(connector)

    async def find(self, who: Principal, connector_id: UUID) -> Change:
        """The connector, and whether its last change is published; raises ConnectorMissing."""
        connector = await self._stored(who, connector_id)
        return Change(connector, await self._store.is_published(connector_id))

    async def page(self, who: Principal, wanted: ListFilter) -> list[ConnectorSummary]:
        return await self._store.page(who.workspace_id, wanted)

    async def change(self, who: Principal, connector_id: UUID, raw: object, expected: frozenset[int] | None) -> Change:
        """`expected` None: any version. Raises what create raises, ConnectorMissing or StaleVersion."""
        stored = await self._expected(who, connector_id, expected)
        reading = read_change(raw, stored.definition)
        draft = _readable(reading)
        changed = replace(
            stored,
            revision=stored.revision + 1,
            version=stored.version + 1,
            definition=_definition(draft),
            updated_at=self._clock.now(),
        )
        changed = self._judged(changed, draft, reading)
        try:
            await self._store.replace(changed, _message(changed), who.user_id)
        except VersionChanged:
            raise StaleVersion((await self._stored(who, connector_id)).version) from None
        return await self._announced(changed)

    async def delete(self, who: Principal, connector_id: UUID, expected: frozenset[int] | None) -> bool:
        """Whether the deletion is published already. Raises ConnectorMissing or StaleVersion."""
        stored = await self._expected(who, connector_id, expected)
        try:
            await self._store.remove(stored, stored.deletion(self._clock.now()), who.user_id)
        except VersionChanged:
            raise StaleVersion((await self._stored(who, connector_id)).version) from None
        return await self._announcements.published()

    async def _stored(self, who: Principal, connector_id: UUID) -> Connector:
        found = await self._store.find(who.workspace_id, connector_id)
        if found is None:
            raise ConnectorMissing(str(connector_id))
        return found

    async def _expected(self, who: Principal, connector_id: UUID, expected: frozenset[int] | None) -> Connector:
        stored = await self._stored(who, connector_id)
        if expected is not None and stored.version not in expected:
            raise StaleVersion(stored.version)
        return stored

    def _judged(self, connector: Connector, draft: ConnectorDraft, reading: Reading) -> Connector:
        """The connector with its credential, as it may be saved. Raises DraftRefused with all that is wrong."""
        problems = list(reading.problems)
        credential = None
        try:
            credential = self._credential(connector, draft)
        except UnusableSecrets as refusal:
            problems += refusal.problems
        auth = draft.config.auth
        connector = replace(connector, credential=None if auth and auth.problems else credential)
        found = [(reading.shape.original(problem.pointer), problem.detail) for problem in check(draft, connector)]
        problems += [FieldProblem(pointer=pointer, detail=detail) for pointer, detail in found]
        if problems:
            raise DraftRefused(problems)
        return connector

    def _credential(self, connector: Connector, draft: ConnectorDraft) -> Credential | None:
        return self._credentials.write(
            draft.config.auth,
            workspace_id=connector.workspace_id,
            connector_id=connector.id,
            stored=connector.credential,
            at=connector.updated_at,
        )

    async def _announced(self, connector: Connector) -> Change:
        return Change(connector, await self._announcements.published())


def _readable(reading: Reading) -> ConnectorDraft:
    if reading.draft is None:
        raise DraftRefused(reading.problems)
    return reading.draft


def _definition(draft: ConnectorDraft) -> Definition:
    return draft.model_dump(mode="json", by_alias=True, exclude={"config": {"auth"}})


def _message(connector: Connector) -> bytes:
    message = connector.published().to_json()
    if len(message) > MAX_MESSAGE_BYTES:
        detail = f"the whole definition is {len(message)} bytes; at most {MAX_MESSAGE_BYTES} are allowed"
        raise DraftRefused([FieldProblem(pointer="/config", detail=detail)])
    return message
