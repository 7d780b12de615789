"""Create, change, switch, delete and restore connectors: the one place that knows the order of the steps."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID, uuid4, uuid5

from connector_registry.connectors.connector import Connector, ConnectorSummary, ListFilter
from connector_registry.connectors.draft import (
    ConnectorDraft,
    Reading,
    definition_of,
    head_of,
    read_change,
    read_draft,
    same_json,
)
from connector_registry.connectors.port import (
    ConnectorMissing,
    ConnectorStore,
    DraftRefused,
    ReadyConnector,
    StaleVersion,
    VersionChanged,
)
from connector_registry.connectors.rules import check
from connector_registry.credentials.port import Credential, Credentials, UnusableSecrets, Wanted
from connector_registry.outbox.port import Announcements
from connectors_shared.definition.auth.none import NONE
from connectors_shared.definition.auth.reading import AuthDraft
from connectors_shared.definition.secret_values import secret_fields
from connectors_shared.definition.urls import url_origins
from connectors_shared.http.idempotency import no_promise
from connectors_shared.http.principal import Principal
from connectors_shared.http.problems import FieldProblem, ProblemError
from connectors_shared.runtime.clock import Clock

Revisions = frozenset[int] | None
"""Those at which a caller expects a connector; None: any."""


@dataclass(frozen=True, slots=True)
class Change:
    """A connector after a change, or as it was when nothing was different.

    `published` False: it is saved, its message follows once Kafka takes it.
    """

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

    async def create(self, who: Principal, raw: object, promise: Callable[[Change], None] = no_promise) -> Change:
        """`promise` is told what will be there, before it is. Raises DraftRefused."""
        connector = await self._created(who, raw, uuid4())
        promise(Change(connector, published=False))
        await self._store.add(connector, _message(connector))
        return await self._announced(connector)

    async def saved(self, who: Principal, connector_id: UUID) -> ReadyConnector:
        """Raises ConnectorMissing."""
        return self._ready(await self._stored(who, connector_id))

    async def drafted(self, who: Principal, raw: object, connector_id: UUID | None) -> ReadyConnector:
        """What would be saved, judged as if it were: a new one, or a change of that connector. Nothing is saved.

        Raises what create and change raise.
        """
        if connector_id is None:
            return self._ready(await self._created(who, raw, None))
        return self._ready(await self._changed(who, await self._stored(who, connector_id), raw))

    async def find(self, who: Principal, connector_id: UUID) -> Change:
        """The connector, and whether its last change is published; raises ConnectorMissing."""
        connector = await self._stored(who, connector_id)
        return Change(connector, await self._store.is_published(connector))

    async def page(self, who: Principal, wanted: ListFilter) -> list[ConnectorSummary]:
        return await self._store.page(who.workspace_id, wanted)

    async def change(
        self,
        who: Principal,
        connector_id: UUID,
        raw: object,
        expected: Revisions,
        promise: Callable[[Change], None] = no_promise,
    ) -> Change:
        """`promise` is told what will be there, before it is. What is the same afterwards is not saved: it stays at its
        revision, and at its version when no definition is changed. Raises what create raises, ConnectorMissing or
        StaleVersion."""
        was = await self._expected(who, connector_id, expected)
        now = await self._changed(who, was, raw)
        if _same(was, now):
            return await self._announced(was)
        promise(Change(now, published=False))
        return await self._replaced(was, now)

    async def switch(self, who: Principal, connector_id: UUID, enabled: bool, expected: Revisions) -> Change:
        """Enable or disable it. One that is so already is not changed. Raises ConnectorMissing or StaleVersion."""
        was = await self._expected(who, connector_id, expected)
        if was.head.enabled is enabled:
            return await self._announced(was)
        head = replace(was.head, enabled=enabled)
        return await self._replaced(was, was.changed(who.user_id, self._clock.now(), head=head))

    async def republish(self, who: Principal, connector_id: UUID, expected: Revisions) -> Change:
        """Publish it and its own credential under new revisions as they are.

        Raises ConnectorMissing or StaleVersion.
        """
        was = await self._expected(who, connector_id, expected)
        return await self._replaced(was, was.with_secrets_again(who.user_id, self._clock.now()))

    async def delete(self, who: Principal, connector_id: UUID, expected: Revisions) -> bool:
        """Whether the deletion is published already. Raises ConnectorMissing or StaleVersion."""
        was = await self._expected(who, connector_id, expected)
        now = was.as_deleted(who.user_id, self._clock.now())
        try:
            await self._store.remove(now)
        except VersionChanged:
            raise await self._stale(who.workspace_id, connector_id) from None
        return await self._announcements.published()

    async def restore(self, who: Principal, connector_id: UUID, expected: Revisions) -> Change:
        """Bring back what was deleted and not yet purged, as it was; one that is there is not changed.

        Raises ConnectorMissing or StaleVersion.
        """
        was = await self._store.find_deleted(who.workspace_id, connector_id)
        if was is None:
            return await self._announced(await self._expected(who, connector_id, expected))
        _require(was, expected)
        now = was.as_restored(who.user_id, self._clock.now())
        try:
            await self._store.restore(now, _message(now))
        except VersionChanged:
            raise await self._stale(who.workspace_id, connector_id) from None
        return await self._announced(now)

    async def _replaced(self, was: Connector, now: Connector) -> Change:
        try:
            await self._store.replace(was, now, _message(now))
        except VersionChanged:
            raise await self._stale(now.workspace_id, now.id) from None
        return await self._announced(now)

    async def _stale(self, workspace_id: UUID, connector_id: UUID) -> ProblemError:
        """Somebody was faster: what is there now, or that nothing is."""
        found = await self._store.find(workspace_id, connector_id)
        return ConnectorMissing() if found is None else StaleVersion(found.revision)

    async def _stored(self, who: Principal, connector_id: UUID) -> Connector:
        found = await self._store.find(who.workspace_id, connector_id)
        if found is None:
            raise ConnectorMissing
        return found

    async def _expected(self, who: Principal, connector_id: UUID, expected: Revisions) -> Connector:
        stored = await self._stored(who, connector_id)
        _require(stored, expected)
        return stored

    async def _created(self, who: Principal, raw: object, connector_id: UUID | None) -> Connector:
        """None: it is not to be saved. Drafts of one API share an id in their workspace, and with it their limits."""
        reading, now = read_draft(raw), self._clock.now()
        draft = _readable(reading)
        connector = Connector(
            id=connector_id or uuid5(who.workspace_id, f"draft/{','.join(_origins(draft))}"),
            workspace_id=who.workspace_id,
            revision=1,
            version=1,
            head=head_of(draft),
            definition=definition_of(draft),
            own=None,
            shared=await self._referred(who, draft, None),
            created_at=now,
            updated_at=now,
            created_by=who.user_id,
            updated_by=who.user_id,
        )
        return self._judged(connector, draft, reading, who)

    async def _changed(self, who: Principal, was: Connector, raw: object) -> Connector:
        reading = read_change(raw, was.written())
        draft = _readable(reading)
        now = was.changed(
            who.user_id,
            self._clock.now(),
            head=head_of(draft),
            definition=definition_of(draft),
            shared=await self._referred(who, draft, was.shared),
        )
        if not same_json(now.definition, was.definition):
            now = replace(now, version=was.version + 1)
        return self._judged(now, draft, reading, who)

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

    def _ready(self, connector: Connector) -> ReadyConnector:
        """With what authorizes its calls at present."""
        used = {one.id: one for one in (connector.authorizing, connector.holder) if one is not None}
        credentials = tuple(self._credentials.published(one) for one in used.values())
        schema = connector.definition["output_schema"]
        return ReadyConnector(connector.published(), credentials, schema, connector.authorizing)

    async def _announced(self, connector: Connector) -> Change:
        return Change(connector, await self._announcements.published())


def _readable(reading: Reading) -> ConnectorDraft:
    if reading.draft is None:
        raise DraftRefused(reading.problems)
    return reading.draft


def _require(stored: Connector, expected: Revisions) -> None:
    if expected is not None and stored.revision not in expected:
        raise StaleVersion(stored.revision)


def _same(was: Connector, now: Connector) -> bool:
    """Does `now` say what `was` said, apart from when and by whom?"""
    return (now.version, now.head, now.own, now.shared) == (was.version, was.head, was.own, was.shared)


def _origins(draft: ConnectorDraft) -> list[str]:
    return url_origins(draft.config.url, draft.config.allowed_hosts)


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
        origins=_origins(draft),
        at=connector.updated_at,
        by=who.user_id,
    )


def _message(connector: Connector) -> bytes:
    return connector.published().to_json()
