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
from connector_registry.credentials.port import Credential, Credentials, UnusableSecrets, Wanted
from connector_registry.outbox.port import Announcements
from connectors_shared.contract.connector import ValueType
from connectors_shared.definition.auth.none import NONE
from connectors_shared.definition.auth.reading import AuthDraft
from connectors_shared.definition.secret_values import secret_fields
from connectors_shared.definition.urls import origin_of
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
            own=None,
            shared=await self._referred(who, draft, None),
            created_at=now,
            updated_at=now,
            created_by=who.user_id,
        )
        connector = self._judged(connector, draft, reading, who)
        await self._store.add(connector, _message(connector))
        return await self._announced(connector)

    async def find(self, who: Principal, connector_id: UUID) -> Change:
        """The connector, and whether its last change is published; raises ConnectorMissing."""
        connector = await self._stored(who, connector_id)
        return Change(connector, await self._store.is_published(connector))

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
            shared=await self._referred(who, draft, stored.shared),
            updated_at=self._clock.now(),
        )
        changed = self._judged(changed, draft, reading, who)
        try:
            await self._store.replace(changed, stored, _message(changed), who.user_id)
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

    async def _referred(self, who: Principal, draft: ConnectorDraft, stored: Credential | None) -> Credential | None:
        """The shared credential that is to authorize it; None also for one that is not there."""
        auth = draft.config.auth
        if auth is None:
            return stored
        return await self._store.shared(who.workspace_id, auth.credential_id) if auth.credential_id else None

    def _judged(self, connector: Connector, draft: ConnectorDraft, reading: Reading, who: Principal) -> Connector:
        """The connector with its credentials, as it may be saved. Raises DraftRefused with all that is wrong."""
        problems = list(reading.problems)
        own = connector.own
        try:
            own = self._credentials.own(_wanted(connector, draft, reading, who), connector.own)
        except UnusableSecrets as refusal:
            problems += refusal.problems
            own = refusal.credential
        auth = draft.config.auth
        connector = replace(connector, own=None if auth and auth.problems else own)
        told = {problem.pointer for problem in problems}
        found = [(reading.shape.original(problem.pointer), problem.detail) for problem in check(draft, connector)]
        problems += [FieldProblem(pointer=pointer, detail=detail) for pointer, detail in found if pointer not in told]
        if problems:
            raise DraftRefused(problems)
        return connector

    async def _announced(self, connector: Connector) -> Change:
        return Change(connector, await self._announcements.published())


def _readable(reading: Reading) -> ConnectorDraft:
    if reading.draft is None:
        raise DraftRefused(reading.problems)
    return reading.draft


def _definition(draft: ConnectorDraft) -> Definition:
    """What is usual of a header or parameter is left out: it is shown as it is drawn."""
    definition = draft.model_dump(mode="json", by_alias=True, exclude={"config": {"auth"}})
    config = definition["config"]
    for part in [*config["headers"], *config["queryParams"], config]:
        if not part["allowPlain"]:
            del part["allowPlain"]
    for header in config["headers"]:
        if header["valueType"] == ValueType.STATIC.value:
            del header["valueType"]
    return definition


def _wanted(connector: Connector, draft: ConnectorDraft, reading: Reading, who: Principal) -> Wanted:
    auth = draft.config.auth
    return Wanted(
        workspace_id=connector.workspace_id,
        connector_id=connector.id,
        name=draft.name,
        auth=AuthDraft(NONE) if auth and auth.credential_id else auth,
        fields=secret_fields(draft.config),
        given=reading.secrets.given,
        places=reading.secrets.places,
        origin=origin_of(draft.config.url),
        at=connector.updated_at,
        by=who.user_id,
    )


def _message(connector: Connector) -> bytes:
    message = connector.published().to_json()
    if len(message) > MAX_MESSAGE_BYTES:
        detail = f"the whole definition is {len(message)} bytes; at most {MAX_MESSAGE_BYTES} are allowed"
        raise DraftRefused([FieldProblem(pointer="/config", detail=detail)])
    return message
