"""apply: a batch of proposals onto the contacts, inside one transaction.

Locks are taken in one order by everybody: key buckets, contacts, field definitions, executions, each sorted.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID, uuid4

from field_mapper.coercion import CustomFieldType, ValueRefusedError, coerce_custom_value, type_of
from field_mapper.model import Contact, ContactKey, Proposal, match_keys
from field_mapper.stages.announce import Announcement, announce
from field_mapper.stages.merge import Written, merge

FieldName = tuple[UUID, str]

NOT_FOUND = "no contact was found, and createIfNotExists is off"
NOT_UPDATED = "the contact exists, and updateExisting is off"
NOTHING_TO_WRITE = "there is no value to write"


class ContactSession(Protocol):
    """What a transaction on the contacts can do. Every method takes a whole batch."""

    async def applied(self, execution_ids: Collection[UUID]) -> dict[UUID, Announcement]: ...
    async def find(self, keys: Collection[ContactKey]) -> dict[ContactKey, UUID]: ...
    async def serialize_creation(self, keys: Collection[ContactKey]) -> None: ...
    async def taken(self, ids: Collection[UUID]) -> set[UUID]: ...
    async def lock(self, ids: Collection[UUID]) -> dict[UUID, Contact]: ...
    async def load_custom(self, contacts: Collection[Contact], names: Collection[str]) -> None:
        """Who wrote them, and whether they are empty; any other value may be given as True."""

    async def define(self, first_types: Mapping[FieldName, CustomFieldType]) -> None: ...
    async def definitions(self, names: Collection[FieldName]) -> dict[FieldName, CustomFieldType]: ...
    async def next_in_order(self, count: int) -> list[int]: ...
    async def save(self, contacts: Iterable[Contact]) -> None: ...
    async def record(self, announcements: Collection[Announcement]) -> None: ...


class ForeignExecutionError(ValueError):
    """The execution id was used by another workspace before."""


async def apply(session: ContactSession, proposals: Sequence[Proposal], now: datetime) -> dict[UUID, Announcement]:
    """Apply in order; the announcement of every execution id, stored or new. Raises ForeignExecutionError."""
    applied = await session.applied({proposal.execution_id for proposal in proposals})
    fresh: dict[UUID, Proposal] = {}
    for proposal in proposals:
        earlier = applied.get(proposal.execution_id) or fresh.get(proposal.execution_id)
        if earlier is not None and earlier.workspace_id != proposal.workspace_id:
            raise ForeignExecutionError("the execution id belongs to another workspace")
        if earlier is None:
            fresh[proposal.execution_id] = proposal
    new = await _apply_fresh(session, list(fresh.values()), now)
    await session.record(new.values())
    return applied | new


async def _apply_fresh(session: ContactSession, proposals: list[Proposal], now: datetime) -> dict[UUID, Announcement]:
    book = await _ContactBook.open(session, proposals)
    definitions = await define_fields(
        session,
        [
            (proposal.workspace_id, name, value)
            for proposal in proposals
            if not proposal.failure and book.reason_to_skip(proposal) is None
            for name, value in proposal.custom.items()
        ],
    )
    # Only now: whoever wrote to one of these contacts before has committed, and its numbers are lower.
    sequences = await session.next_in_order(len(proposals)) if proposals else []
    announcements = {
        proposal.execution_id: _apply_one(book, proposal, definitions, now, sequence)
        for proposal, sequence in zip(proposals, sequences, strict=True)
    }
    await session.save(book.contacts.values())
    return announcements


async def define_fields(
    session: ContactSession, values: Sequence[tuple[UUID, str, object]]
) -> dict[FieldName, CustomFieldType]:
    """The type of every custom field; the first value that can be stored defines a new one."""
    names = {(workspace_id, name) for workspace_id, name, _ in values}
    known = await session.definitions(names) if names else {}
    first: dict[FieldName, CustomFieldType] = {}
    for workspace_id, name, value in values:
        if (workspace_id, name) not in known and (workspace_id, name) not in first and _fits(value):
            first[workspace_id, name] = type_of(value)
    if first:
        await session.define(first)
        known = await session.definitions(names)
    return known


def _fits(value: object) -> bool:
    try:
        coerce_custom_value(type_of(value), value)
    except ValueRefusedError:
        return False
    return True


def _apply_one(
    book: "_ContactBook",
    proposal: Proposal,
    definitions: Mapping[FieldName, CustomFieldType],
    now: datetime,
    sequence: int,
) -> Announcement:
    contact = book.contact_of(proposal)
    contact_id = contact.id if contact else None
    reason = proposal.failure or book.reason_to_skip(proposal)
    if reason is not None:
        return announce(proposal, contact_id, Written(), now, sequence, reason=reason)
    types = {
        name: definitions[key] for name in proposal.custom if (key := (proposal.workspace_id, name)) in definitions
    }
    target = contact or book.blank(proposal)
    written = merge(proposal, target, types)
    if contact is None and not (written.user or written.custom):
        return announce(proposal, None, written, now, sequence, reason=NOTHING_TO_WRITE)
    book.keep(target)
    return announce(proposal, target.id, written, now, sequence, created=contact is None)


async def _find(session: ContactSession, proposals: list[Proposal]) -> dict[ContactKey, UUID]:
    """By id; those that have none, or whose id is not there, by email and phone."""
    named = [proposal for proposal in proposals if proposal.contact_id]
    found = await session.find({proposal.ways_to_find()[0] for proposal in named})
    others = [proposal for proposal in proposals if not any(key in found for key in proposal.ways_to_find())]
    return found | await session.find({key for proposal in others for key in proposal.ways_to_find()})


class _ContactBook:
    """The contacts of one batch, found by id or match key; those made earlier in the batch are found too."""

    def __init__(self, contacts: dict[UUID, Contact], by_key: dict[ContactKey, UUID], taken: set[UUID]) -> None:
        self.contacts = contacts
        self._by_key = by_key
        self._taken = taken

    @classmethod
    async def open(cls, session: ContactSession, proposals: list[Proposal]) -> "_ContactBook":
        found = await _find(session, proposals)
        makers = [
            proposal
            for proposal in proposals
            if proposal.options.create_if_not_exists
            and not proposal.failure
            and not any(key in found for key in proposal.ways_to_find())
        ]
        if makers:
            keys = {key for proposal in makers for key in proposal.ways_to_find()}
            await session.serialize_creation(keys)
            found |= await session.find(keys)
        wanted = {proposal.contact_id for proposal in makers if proposal.contact_id}
        contacts = await session.lock(set(found.values()))
        taken = await session.taken(wanted) if wanted else set()
        names = {name for proposal in proposals for name in proposal.custom}
        if names and contacts:
            await session.load_custom(contacts.values(), names)
        return cls(contacts, found, taken)

    def contact_of(self, proposal: Proposal) -> Contact | None:
        """The first key that leads to a contact decides, unless its email or phone changed meanwhile."""
        for key in proposal.ways_to_find():
            contact = self.contacts.get(self._by_key[key]) if key in self._by_key else None
            if contact is not None and (key.kind == "id" or key in match_keys(contact.workspace_id, contact.user)):
                return contact
        return None

    def reason_to_skip(self, proposal: Proposal) -> str | None:
        contact = self.contact_of(proposal)
        if contact is None:
            return None if proposal.options.create_if_not_exists else NOT_FOUND
        return None if proposal.options.update_existing else NOT_UPDATED

    def blank(self, proposal: Proposal) -> Contact:
        """A new contact under the flow's id, unless a contact of another workspace already has that id."""
        wanted = proposal.contact_id
        free = wanted is not None and wanted not in self._taken and wanted not in self.contacts
        return Contact(id=wanted if wanted and free else uuid4(), workspace_id=proposal.workspace_id, is_new=True)

    def keep(self, contact: Contact) -> None:
        self.contacts[contact.id] = contact
        own = ContactKey(contact.workspace_id, "id", str(contact.id))
        for key in (own, *match_keys(contact.workspace_id, contact.user)):
            self._by_key.setdefault(key, contact.id)
