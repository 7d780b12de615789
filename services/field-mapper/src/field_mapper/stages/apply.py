"""apply: a batch of proposals onto the contacts, inside one transaction.

Locks are taken in one order by everybody: key buckets, contacts, field definitions, executions, each sorted.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol, TypeVar
from uuid import UUID, uuid4

import msgspec

from connectors_shared.contract.contact import OnMappingError, TargetType, UserField
from connectors_shared.contract.updates import MappingReason
from connectors_shared.definition.mappings.terms import AS_WRITTEN, ReadAs
from connectors_shared.http.audit.entry import Entry
from field_mapper.coercion import CustomFieldType, FieldDefinition, ValueRefusedError, coerce_custom_value, type_of
from field_mapper.model import (
    EXTERNAL_ID,
    AppliedKey,
    Contact,
    ContactKey,
    ContactRef,
    Proposal,
    email_key,
    identities,
    is_newer,
    match_keys,
)
from field_mapper.stages.announce import Announcement, announce
from field_mapper.stages.changes import Edit
from field_mapper.stages.merge import StoppedByRuleError, Written, merge
from field_mapper.verdicts import Verdict, not_written

FieldName = tuple[UUID, str]
Found = dict[ContactKey, tuple[UUID, ...]]
"""Contacts by key; of an email or a phone there may be several."""
T = TypeVar("T")
ProposalT = TypeVar("ProposalT", bound=Proposal)

NOT_FOUND = not_written(MappingReason.CONTACT_NOT_FOUND, "no contact was found, and createIfNotExists is off")
DELETED = not_written(MappingReason.CONTACT_DELETED, "somebody has deleted the contact")
NOT_UPDATED = not_written(MappingReason.CONTACT_NOT_UPDATED, "the contact exists, and updateExisting is off")
NOTHING_TO_WRITE = not_written(MappingReason.ABSENT, "there is no value to write")
_AMBIGUOUS_PHONE = "several contacts have this phone number: the flow has to name the one that is meant"
AMBIGUOUS = {
    "email": "several contacts have this email address: the flow has to name the one that is meant",
    "phone": _AMBIGUOUS_PHONE,
    "national": _AMBIGUOUS_PHONE,
}


class ContactSession(Protocol):
    """What a transaction on the contacts can do. Every method takes a whole batch."""

    async def applied(self, keys: Collection[AppliedKey]) -> dict[AppliedKey, Announcement]: ...
    async def find(self, keys: Collection[ContactKey]) -> Found: ...
    async def serialize_creation(self, keys: Collection[ContactKey]) -> None: ...
    async def lock(self, refs: Collection[ContactRef]) -> dict[ContactRef, Contact]: ...
    async def load_custom(
        self, contacts: Collection[Contact], names: Collection[str], whole: Collection[str] = ()
    ) -> None:
        """Who wrote them, and what they hold; of a large one, that it is there, unless it is among `whole`."""

    async def define(self, first_types: Mapping[FieldName, CustomFieldType]) -> None:
        """As many as each workspace has room for."""

    async def definitions(self, names: Collection[FieldName]) -> dict[FieldName, FieldDefinition]:
        """They change no more until the end of the transaction."""

    async def next_in_order(self, count: int) -> Sequence[int]: ...
    async def record(self, announcements: Collection[Announcement]) -> None:
        """Before they are saved: large values that are replaced are copied from their place."""

    async def note(self, entry: Entry) -> None:
        """Of what somebody does by hand, for the audit."""

    async def record_edits(self, edits: Collection[Edit]) -> None:
        """Before they are saved."""

    async def changes_of(self, contact: ContactRef, execution_id: UUID) -> list[dict[str, Any]]:
        """What an execution has changed of it, the last change first; see `Changes.to_json`."""

    async def save(self, contacts: Iterable[Contact]) -> None: ...
    async def deleted(self, refs: Collection[ContactRef]) -> set[ContactRef]:
        """Those that somebody has deleted."""

    async def delete(self, contact: Contact, by: str) -> None:
        """One that is locked, with its history."""


class NotSerializedError(Exception):
    """A contact would be made, or named, by `keys`, by which somebody else may do the same meanwhile: what they led to
    has left them. Nothing was written; a new transaction is to serialize them before it locks anything."""

    def __init__(self, keys: Collection[ContactKey]) -> None:
        super().__init__(f"{len(keys)} keys are not serialized")
        self.keys = keys


async def serialized(attempt: Callable[[Collection[ContactKey]], Awaitable[T]]) -> T:
    """Again for as long as it finds keys that it must serialize, which are fewer each time."""
    keys: set[ContactKey] = set()
    while True:
        try:
            return await attempt(keys)
        except NotSerializedError as error:
            keys.update(error.keys)


async def apply(
    session: ContactSession, proposals: Sequence[Proposal], now: datetime, keys: Collection[ContactKey] = ()
) -> dict[AppliedKey, Announcement]:
    """Apply in order; the announcement of each, stored or new. One with `why_dead` is not applied.

    Raises NotSerializedError. `keys`: those that it asked for.
    """
    applied = await session.applied({proposal.key for proposal in proposals})
    fresh: dict[AppliedKey, Proposal] = {}
    for proposal in proposals:
        if proposal.key not in applied:
            fresh.setdefault(proposal.key, proposal)
    return applied | await _apply_fresh(session, list(fresh.values()), now, keys)


async def _apply_fresh(
    session: ContactSession, proposals: list[Proposal], now: datetime, keys: Collection[ContactKey]
) -> dict[AppliedKey, Announcement]:
    book = await _ContactBook.open(session, proposals, keys)
    definitions = await _definitions_of(session, book, proposals)
    # Only now: whoever wrote to one of these contacts before has committed, and its numbers are lower.
    sequences = await session.next_in_order(len(proposals)) if proposals else []
    announcements = {
        proposal.key: _apply_one(book, proposal, _types_of(proposal, definitions)).announced(proposal, now, sequence)
        for proposal, sequence in zip(proposals, sequences, strict=True)
    }
    await session.record([made for made in announcements.values() if made.why_dead is None])
    await session.save(book.contacts.values())
    return announcements


async def settle(
    session: ContactSession,
    proposals: Sequence[ProposalT],
    fit: Callable[[ProposalT, Mapping[str, FieldDefinition]], bool],
    keys: Collection[ContactKey] = (),
) -> tuple[list["Outcome | None"], Collection[Contact]]:
    """What becomes of proposals that come from no result, and the contacts that are to be saved. `fit` is told the
    definitions of its custom fields, and says whether a proposal may be written. Raises NotSerializedError.
    """
    book = await _ContactBook.open(session, list(proposals), keys)
    definitions = await _definitions_of(session, book, proposals)
    outcomes = [
        _apply_one(book, proposal, types) if fit(proposal, types := _types_of(proposal, definitions)) else None
        for proposal in proposals
    ]
    return outcomes, book.contacts.values()


async def _definitions_of(
    session: ContactSession, book: "_ContactBook", proposals: Sequence[Proposal]
) -> dict[FieldName, FieldDefinition]:
    """Of every custom field that may be written; only who writes defines a new one."""
    names = {
        (proposal.workspace_id, name) for proposal in proposals if not proposal.failure for name in proposal.custom
    }
    known = await session.definitions(names) if names else {}
    if len(known) == len(names):
        return known
    return await _with_new(session, known, names, list(_would_write(book, proposals, known)))


class FirstValue(NamedTuple):
    """The value of a custom field that may be the first one, and how it is understood."""

    workspace_id: UUID
    name: str
    value: object
    reading: ReadAs = AS_WRITTEN
    adds_tags: bool = False

    @property
    def type(self) -> CustomFieldType:
        return type_of(self.value, self.reading, adds_tags=self.adds_tags)

    @property
    def fits(self) -> bool:
        try:
            coerce_custom_value(self.type, self.value, self.reading)
        except ValueRefusedError:
            return False
        return True


def _would_write(
    book: "_ContactBook", proposals: Sequence[Proposal], known: Mapping[FieldName, FieldDefinition]
) -> Iterator[FirstValue]:
    """The custom values of those that will write, if there is room for all fields: who writes depends on what those
    before it in the batch have made of the contacts, so it is tried on copies."""
    trial = book.copy()
    for proposal in proposals:
        new = _first_values(proposal, known)
        types = _types_of(proposal, known) | {first.name: FieldDefinition(first.type) for first in new}
        if _apply_one(trial, proposal.fresh_copy(), types).reason is None:
            yield from new


def _first_values(proposal: Proposal, known: Mapping[FieldName, FieldDefinition]) -> list[FirstValue]:
    return [
        FirstValue(proposal.workspace_id, name, value, terms.reading, terms.adds_tags)
        for name, value in proposal.custom.items()
        if value is not None and (proposal.workspace_id, name) not in known
        for terms in [proposal.terms_of(TargetType.CUSTOM_FIELD, name)]
    ]


def _types_of(proposal: Proposal, definitions: Mapping[FieldName, FieldDefinition]) -> dict[str, FieldDefinition]:
    return {name: definitions[key] for name in proposal.custom if (key := (proposal.workspace_id, name)) in definitions}


async def define_fields(session: ContactSession, values: Sequence[FirstValue]) -> dict[FieldName, FieldDefinition]:
    """Of every custom field; the first value that can be stored defines a new one, if there is room for it."""
    names = {(first.workspace_id, first.name) for first in values}
    known = await session.definitions(names) if names else {}
    return await _with_new(session, known, names, values)


async def _with_new(
    session: ContactSession,
    known: dict[FieldName, FieldDefinition],
    names: Collection[FieldName],
    values: Sequence[FirstValue],
) -> dict[FieldName, FieldDefinition]:
    types: dict[FieldName, CustomFieldType] = {}
    for first in values:
        field = (first.workspace_id, first.name)
        if field not in known and field not in types and first.fits:
            types[field] = first.type
    if not types:
        return known
    await session.define(types)
    return await session.definitions(names)


class Outcome(msgspec.Struct, frozen=True):
    """What became of a proposal. `reason` says why nothing was written at all; `dead`, that it is set aside for it."""

    contact_id: UUID | None
    written: Written
    created: bool = False
    reason: Verdict | None = None
    dead: bool = False

    def ref(self, workspace_id: UUID) -> ContactRef:
        """Of a contact that there is."""
        assert self.contact_id is not None
        return ContactRef(workspace_id, self.contact_id)

    def announced(self, proposal: Proposal, now: datetime, sequence: int) -> Announcement:
        if self.dead:
            why = self.reason.detail if self.reason else None
            return Announcement(proposal.key, self.contact_id, sequence, "dead", why_dead=why)
        return announce(
            proposal, self.contact_id, self.written, now, sequence, created=self.created, reason=self.reason
        )


def _apply_one(book: "_ContactBook", proposal: Proposal, types: Mapping[str, FieldDefinition]) -> Outcome:
    """`types`: of its custom fields, see `merge`."""
    try:
        contact = book.contact_of(proposal)
    except _AmbiguousError as doubt:
        return Outcome(None, Written(), reason=proposal.failure or not_written(MappingReason.AMBIGUOUS, str(doubt)))
    reason = proposal.failure or _reason_to_skip(proposal, contact, book)
    if reason is not None:
        return Outcome(contact.id if contact else None, Written(), reason=reason)
    target = contact or book.blank(proposal)
    try:
        written = merge(proposal, target, types)
    except StoppedByRuleError as stopped:
        dead = stopped.rule is OnMappingError.DEAD_LETTER
        failed = not_written(MappingReason.FAILED, str(stopped))
        return Outcome(contact.id if contact else None, Written(), reason=failed, dead=dead)
    if contact is None and not written.changes:
        return Outcome(None, written, reason=NOTHING_TO_WRITE)
    if contact is not None:
        book.name(contact, proposal, written)
    book.keep(target)
    return Outcome(target.id, written, created=contact is None)


def _reason_to_skip(proposal: Proposal, contact: Contact | None, book: "_ContactBook") -> Verdict | None:
    if contact is None:
        if book.is_deleted(proposal):
            return DELETED
        return None if proposal.options.create_if_not_exists else NOT_FOUND
    return None if proposal.options.update_existing else NOT_UPDATED


class _AmbiguousError(Exception):
    """A key leads to several contacts; the message names the key and repeats no value."""


async def _find(session: ContactSession, proposals: list[Proposal]) -> Found:
    """By what they are called; those that have no such name, or whose name is not there, by email and phone."""
    named = {identity for proposal in proposals if (identity := proposal.identity)}
    found = await session.find(named)
    others = [proposal for proposal in proposals if found.keys().isdisjoint(proposal.ways_to_find())]
    keys = {key for proposal in others for key in proposal.ways_to_find()} - named
    return found | await session.find(keys)


class _ContactBook:
    """The contacts of one batch, found by id or match key; those made earlier in the batch are found too.

    Under a key may be contacts that have left it.
    """

    def __init__(
        self,
        contacts: dict[ContactRef, Contact],
        by_key: dict[ContactKey, list[Contact]],
        serialized: Collection[ContactKey],
        deleted: Collection[ContactRef] = (),
    ) -> None:
        self.contacts = contacts
        self._by_key = by_key
        self._serialized = serialized
        self._deleted = deleted

    @classmethod
    async def open(
        cls, session: ContactSession, proposals: list[Proposal], keys: Collection[ContactKey]
    ) -> "_ContactBook":
        found = await _find(session, proposals)
        makers = [proposal for proposal in proposals if not proposal.failure and _may_make(proposal, found)]
        serialized = {key for proposal in makers for key in proposal.all_keys()}.union(keys)
        if serialized:
            await session.serialize_creation(serialized)
            found |= await session.find(serialized)
        wanted = {ContactRef(one.workspace_id, one.contact_id) for one in makers if one.contact_id}
        deleted = await session.deleted(wanted) if wanted else ()
        contacts = await session.lock({ContactRef(key.workspace_id, id_) for key, ids in found.items() for id_ in ids})
        names = {name for proposal in proposals for name in proposal.custom}
        if names and contacts:
            await session.load_custom(contacts.values(), names, _added_to(proposals))
        there = {key: [ContactRef(key.workspace_id, id_) for id_ in ids] for key, ids in found.items()}
        by_key = {key: [contacts[ref] for ref in refs if ref in contacts] for key, refs in there.items()}
        return cls(contacts, by_key, serialized, deleted)

    def is_deleted(self, proposal: Proposal) -> bool:
        """Whether it is of a contact that somebody has deleted."""
        return bool(self._deleted) and (proposal.workspace_id, proposal.contact_id) in self._deleted

    def contact_of(self, proposal: Proposal) -> Contact | None:
        """The first key that leads to a contact decides, unless what it was found by changed meanwhile.

        Raises _AmbiguousError when it leads to several.
        """
        for key in proposal.ways_to_find():
            found = [contact for contact in self._by_key.get(key, ()) if _leads_to(key, contact, proposal)]
            if len(found) > 1:
                raise _AmbiguousError(AMBIGUOUS[key.kind])
            if found:
                return found[0]
        return None

    def copy(self) -> "_ContactBook":
        """To try things on."""
        contacts = {ref: contact.copy() for ref, contact in self.contacts.items()}
        by_key = {key: [contacts[contact.ref] for contact in found] for key, found in self._by_key.items()}
        return _ContactBook(contacts, by_key, self._serialized, self._deleted)

    def blank(self, proposal: Proposal) -> Contact:
        """A new contact under the flow's id."""
        self._require(proposal.all_keys())
        id_ = proposal.contact_id or uuid4()
        return Contact(id_, proposal.workspace_id, proposal.external_id, is_new=True)

    def name(self, contact: Contact, proposal: Proposal, written: Written) -> None:
        """One that was found by its address is known by the other system's name from then on."""
        name = proposal.external_id
        if name is None or contact.external_id is not None:
            return
        if is_newer(contact.origins.get(EXTERNAL_ID), proposal.written_at):
            return
        [key] = identities(contact.workspace_id, None, name)
        self._require([key])
        if self._by_key.get(key):
            return
        written.changes.set_external_id(contact, name, proposal.origin())

    def keep(self, contact: Contact) -> None:
        """It is found by what it has now."""
        self.contacts[contact.ref] = contact
        for key in _keys_of(contact):
            there = self._by_key.setdefault(key, [])
            if not any(other is contact for other in there):
                there.append(contact)

    def _require(self, keys: Iterable[ContactKey]) -> None:
        if missing := {key for key in keys if key not in self._serialized}:
            raise NotSerializedError(missing)


def _keys_of(contact: Contact) -> list[ContactKey]:
    own = identities(contact.workspace_id, contact.id, contact.external_id)
    return own + match_keys(contact.workspace_id, contact.user)


def _added_to(proposals: Iterable[Proposal]) -> set[str]:
    """Custom fields whose tags are not replaced."""
    return {
        name
        for proposal in proposals
        for name in proposal.custom
        if proposal.terms_of(TargetType.CUSTOM_FIELD, name).adds_tags
    }


def _may_make(proposal: Proposal, found: Found) -> bool:
    """A contact, or another system's name of one: nobody else should do the same meanwhile."""
    if proposal.external_id is not None:
        return proposal.identity not in found
    return proposal.options.create_if_not_exists and found.keys().isdisjoint(proposal.ways_to_find())


def _leads_to(key: ContactKey, contact: Contact, proposal: Proposal) -> bool:
    """Two names of another system are two contacts, though they share an address; so are a name and somebody of another
    email, though they share a phone. A number without a country may be that of two people anyway."""
    if key.kind == "id":
        return True
    if key.kind == "external":
        return contact.external_id == key.value
    if proposal.external_id is not None and contact.external_id not in (None, proposal.external_id):
        return False
    weak = key.kind == "national" or (key.kind == "phone" and proposal.external_id is not None)
    if weak and _emails_differ(proposal.user, contact.user):
        return False
    return key in match_keys(contact.workspace_id, contact.user)


def _emails_differ(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Both have one, and they are two."""
    mine, theirs = one.get(UserField.EMAIL), other.get(UserField.EMAIL)
    return mine is not None and theirs is not None and email_key(mine) != email_key(theirs)
