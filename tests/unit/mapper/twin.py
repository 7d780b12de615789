"""In-memory twins: contacts that commit or roll back, a publisher that can fail, records."""

import copy
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from field_mapper.coercion import CustomFieldType
from field_mapper.model import Contact, ContactKey, match_keys
from field_mapper.outbound.publisher import NeverFitsError, Outgoing
from field_mapper.stages import Announcement, ContactSession
from field_mapper.stages.apply import FieldName


@dataclass
class InMemorySession:
    """`stages.apply.ContactSession` on dictionaries."""

    contacts: dict[UUID, Contact] = field(default_factory=dict)
    types: dict[FieldName, CustomFieldType] = field(default_factory=dict)
    executions: dict[UUID, Announcement] = field(default_factory=dict)
    unpublished: list[Announcement] = field(default_factory=list)
    sequence: int = 0

    async def applied(self, execution_ids: Collection[UUID]) -> dict[UUID, Announcement]:
        return {i: replace(self.executions[i], outcome="repeated") for i in execution_ids if i in self.executions}

    async def find(self, keys: Collection[ContactKey]) -> dict[ContactKey, UUID]:
        there: dict[ContactKey, UUID] = {}
        for contact in self.contacts.values():
            own = ContactKey(contact.workspace_id, "id", str(contact.id))
            for key in (own, *match_keys(contact.workspace_id, contact.user)):
                there.setdefault(key, contact.id)
        return {key: there[key] for key in keys if key in there}

    async def serialize_creation(self, keys: Collection[ContactKey]) -> None:
        """Nobody else is here."""

    async def taken(self, ids: Collection[UUID]) -> set[UUID]:
        return {contact_id for contact_id in ids if contact_id in self.contacts}

    async def lock(self, ids: Collection[UUID]) -> dict[UUID, Contact]:
        return {i: replace(copy.deepcopy(self.contacts[i]), custom={}) for i in ids}

    async def load_custom(self, contacts: Collection[Contact], names: Collection[str]) -> None:
        for contact in contacts:
            stored = self.contacts[contact.id].custom
            contact.custom.update({name: stored[name] for name in names if name in stored})

    async def define(self, first_types: Mapping[FieldName, CustomFieldType]) -> None:
        self.types = dict(first_types) | self.types

    async def definitions(self, names: Collection[FieldName]) -> dict[FieldName, CustomFieldType]:
        return {name: self.types[name] for name in names if name in self.types}

    async def next_in_order(self, count: int) -> list[int]:
        self.sequence += count
        return list(range(self.sequence - count + 1, self.sequence + 1))

    async def save(self, contacts: Iterable[Contact]) -> None:
        for contact in contacts:
            before = self.contacts[contact.id].custom if contact.id in self.contacts else {}
            stored = replace(contact, custom=before | contact.custom, is_new=False, changed_user=False)
            self.contacts[contact.id] = replace(stored, changed_custom=set())

    async def record(self, announcements: Collection[Announcement]) -> None:
        for made in announcements:
            assert made.execution_id not in self.executions
            self.executions[made.execution_id] = made
        self.unpublished += announcements


@dataclass
class InMemoryContacts:
    """Transactions on one session. `refuse` makes a contact of that first name fail; `outages` come first."""

    committed: InMemorySession = field(default_factory=InMemorySession)
    refuse: str | None = None
    outages: list[Exception] = field(default_factory=list)
    transactions: int = 0
    asked: int = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[ContactSession]:
        self.transactions += 1
        if self.outages:
            raise self.outages.pop(0)
        session = copy.deepcopy(self.committed)
        yield session
        if self.refuse in {contact.user.get("first_name") for contact in session.contacts.values()} - {None}:
            raise ValueError("this contact cannot be stored")
        self.committed = session

    async def applied(self, execution_ids: Collection[UUID]) -> dict[UUID, Announcement]:
        self.asked += 1
        return await self.committed.applied(execution_ids)

    @asynccontextmanager
    async def unpublished(
        self, subjects: Collection[UUID], known: Collection[UUID]
    ) -> AsyncIterator[dict[UUID, Announcement | None]]:
        waiting = [made for made in self.committed.unpublished if made.subject in subjects]
        yield {made.execution_id: None if made.execution_id in known else made for made in waiting}
        self.committed.unpublished = [made for made in self.committed.unpublished if made not in waiting]


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
