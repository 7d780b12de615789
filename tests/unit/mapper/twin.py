"""In-memory twins: contacts that commit or roll back, a publisher that can fail, records."""

import copy
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from connectors_shared.http.audit.entry import Entry
from field_mapper.coercion import CustomFieldType, FieldDefinition
from field_mapper.model import AppliedKey, Contact, ContactKey, ContactRef, identities, match_keys
from field_mapper.outbound.publisher import NeverFitsError, Outgoing
from field_mapper.publishing import Due, Portion
from field_mapper.stages import Announcement, ContactSession
from field_mapper.stages.changes import Edit
from field_mapper.stages.session import FieldName, Found


@dataclass
class InMemorySession:
    """`stages.apply.ContactSession` on dictionaries."""

    contacts: dict[ContactRef, Contact] = field(default_factory=dict)
    types: dict[FieldName, CustomFieldType] = field(default_factory=dict)
    room: int = 500
    """Fields that there may be."""
    executions: dict[AppliedKey, Announcement] = field(default_factory=dict)
    edits: list[Edit] = field(default_factory=list)
    unpublished: list[Announcement] = field(default_factory=list)
    gone: dict[ContactRef, str] = field(default_factory=dict)
    """Who deleted it."""
    sequence: int = 0
    serialized: set[ContactKey] = field(default_factory=set)
    """By every transaction that was committed."""

    async def applied(self, keys: Collection[AppliedKey]) -> dict[AppliedKey, Announcement]:
        there = {key: self.executions[key] for key in keys if key in self.executions}
        return {key: Announcement(key, made.contact_id, made.sequence, "repeated") for key, made in there.items()}

    async def find(self, keys: Collection[ContactKey]) -> Found:
        there: Found = {}
        for contact in self.contacts.values():
            own = identities(contact.workspace_id, contact.id, contact.external_id)
            for key in (*own, *match_keys(contact.workspace_id, contact.user)):
                there[key] = (*there.get(key, ()), contact.id)
        return {key: there[key] for key in keys if key in there}

    async def serialize_creation(self, keys: Collection[ContactKey]) -> None:
        """Nobody else is here."""
        self.serialized.update(keys)

    async def lock(self, refs: Collection[ContactRef]) -> dict[ContactRef, Contact]:
        return {ref: replace(copy.deepcopy(self.contacts[ref]), custom={}) for ref in refs if ref in self.contacts}

    async def hold(self, refs: Collection[ContactRef]) -> dict[ContactRef, int]:
        return {ref: self.contacts[ref].revision for ref in refs if ref in self.contacts}

    async def load_custom(
        self, contacts: Collection[Contact], names: Collection[str], whole: Collection[str] = ()
    ) -> None:
        for contact in contacts:
            stored = self.contacts[contact.ref].custom
            contact.custom.update({name: stored[name] for name in names if name in stored})

    async def define(self, first_types: Mapping[FieldName, CustomFieldType]) -> None:
        room = self.room - len(self.types)
        self.types = dict(sorted(first_types.items())[:room]) | self.types

    async def definitions(self, names: Collection[FieldName]) -> dict[FieldName, FieldDefinition]:
        return {name: FieldDefinition(self.types[name]) for name in names if name in self.types}

    async def next_in_order(self, count: int) -> list[int]:
        self.sequence += count
        return list(range(self.sequence - count + 1, self.sequence + 1))

    async def changes_of(self, contact: ContactRef, execution_id: UUID) -> list[dict[str, Any]]:
        made = [
            done
            for done in reversed(self.executions.values())
            if (done.key.workspace_id, done.contact_id, done.key.execution_id) == (*contact, execution_id)
        ]
        return [copy.deepcopy(done.made.changes.to_json()) for done in made if done.made]

    async def deleted(self, refs: Collection[ContactRef]) -> set[ContactRef]:
        return {ref for ref in refs if ref in self.gone}

    async def delete(self, contact: Contact, by: str) -> None:
        del self.contacts[contact.ref]
        self.gone[contact.ref] = by
        self.edits = [edit for edit in self.edits if edit.contact != contact.ref]
        for made in self.executions.values():
            if made.contact_id == contact.id and made.made:
                made.made.changes.user.clear()
                made.made.changes.custom.clear()

    async def note(self, _entry: Entry) -> None:
        """Nobody reads it."""

    async def record_edits(self, edits: Collection[Edit]) -> None:
        self.edits += edits

    async def save(
        self, contacts: Iterable[Contact], announced: Callable[[], Collection[Announcement]] = tuple
    ) -> None:
        made = announced()
        assert self.executions.keys().isdisjoint(one.key for one in made)
        self.executions |= {one.key: one for one in made}
        self.unpublished += made
        for contact in contacts:
            before = self.contacts[contact.ref].custom if contact.ref in self.contacts else {}
            kept = {name: value for name, value in before.items() if name not in contact.changed_custom}
            changed = contact.is_new or contact.changed_user or bool(contact.changed_custom)
            stored = replace(
                contact, custom=kept | contact.custom, is_new=False, changed_user=False, changed_custom=set()
            )
            revision = contact.revision + changed
            self.contacts[contact.ref] = replace(stored, old_words=None, old_marks=None, revision=revision)


@dataclass
class InMemoryContacts:
    """Transactions on one session. `refuse` makes a contact of that first name fail; `outages` come first."""

    committed: InMemorySession = field(default_factory=InMemorySession)
    refuse: str | None = None
    outages: list[Exception] = field(default_factory=list)
    transactions: int = 0
    asked: int = 0
    portions: list[int] = field(default_factory=list)
    """How many updates were asked for, each time."""

    @asynccontextmanager
    async def transaction(self, workspaces: Collection[UUID]) -> AsyncIterator[ContactSession]:
        self.transactions += 1
        if self.outages:
            raise self.outages.pop(0)
        session = copy.deepcopy(self.committed)
        yield session
        if self.refuse in {contact.user.get("first_name") for contact in session.contacts.values()} - {None}:
            raise ValueError("this contact cannot be stored")
        self.committed = session

    async def keep_promise(self, *_promised: object) -> None:
        """No request has a key here."""

    async def applied(self, keys: Collection[AppliedKey]) -> dict[AppliedKey, Announcement]:
        self.asked += 1
        return await self.committed.applied(keys)

    @asynccontextmanager
    async def unpublished(
        self, subjects: Collection[ContactRef], known: Mapping[AppliedKey, Announcement], portion: Portion
    ) -> AsyncIterator[Due]:
        self.portions.append(portion.updates)
        waiting = [made for made in self.committed.unpublished if made.subject in subjects]
        due = waiting[: portion.updates]
        yield Due(due, more=len(due) < len(waiting))
        self.committed.unpublished = [made for made in self.committed.unpublished if made not in due]


@dataclass
class InMemoryPublisher:
    """Keeps what was acknowledged; `failures` says which positions fail, send by send. `closed` topics take nothing."""

    sent: list[Outgoing] = field(default_factory=list)
    failures: list[set[int]] = field(default_factory=list)
    closed: set[str] = field(default_factory=set)

    async def send(self, messages: Sequence[Outgoing]) -> dict[int, Exception]:
        failing = self.failures.pop(0) if self.failures else set()
        refused = {position for position, message in enumerate(messages) if message.topic in self.closed}
        self.sent += [message for position, message in enumerate(messages) if position not in failing | refused]
        never: dict[int, Exception] = {position: NeverFitsError() for position in refused}
        return never | {position: ConnectionError("no broker") for position in failing}

    def on(self, topic: str) -> list[Outgoing]:
        return [message for message in self.sent if message.topic == topic]


@dataclass(frozen=True)
class FakeRecord:
    """A Kafka record as far as it is used."""

    value: bytes | None
    offset: int = 0
    topic: str = "connector.result"
    partition: int = 0
    key: bytes | None = b"key"
    headers: Sequence[tuple[str, Any]] = ()
