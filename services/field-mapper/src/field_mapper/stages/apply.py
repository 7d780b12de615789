"""apply: a batch of proposals onto the contacts, inside one transaction.

Locks are taken in one order by everybody: key buckets, contacts, field definitions, executions, each sorted.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar
from uuid import UUID

import msgspec

from connectors_shared.contract.contact import OnMappingError, TargetType
from connectors_shared.contract.updates import MappingReason
from connectors_shared.definition.mappings.terms import AS_WRITTEN, ReadAs
from field_mapper.coercion import CustomFieldType, FieldDefinition, ValueRefusedError, coerce_custom_value, type_of
from field_mapper.model import (
    AppliedKey,
    Contact,
    ContactKey,
    ContactRef,
    Proposal,
)
from field_mapper.stages.announce import Announcement, announce
from field_mapper.stages.book import AmbiguousError, ContactBook
from field_mapper.stages.merge import StoppedByRuleError, Written, merge
from field_mapper.stages.session import ContactSession, FieldName
from field_mapper.unhurried import unhurriedly
from field_mapper.verdicts import Verdict, not_written

ProposalT = TypeVar("ProposalT", bound=Proposal)

NOT_FOUND = not_written(MappingReason.CONTACT_NOT_FOUND, "no contact was found, and createIfNotExists is off")
DELETED = not_written(MappingReason.CONTACT_DELETED, "somebody has deleted the contact")
NOT_UPDATED = not_written(MappingReason.CONTACT_NOT_UPDATED, "the contact exists, and updateExisting is off")
NOTHING_TO_WRITE = not_written(MappingReason.ABSENT, "there is no value to write")


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
    book = await ContactBook.open(session, proposals, keys)
    definitions = await _definitions_of(session, book, proposals, _names_of(proposals))
    # Only now: whoever wrote to one of these contacts before has committed, and its numbers are lower.
    sequences = await session.next_in_order(len(proposals)) if proposals else []
    outcomes = [_apply_one(book, proposal, _types_of(proposal, definitions)) for proposal in proposals]
    announcements: dict[AppliedKey, Announcement] = {}

    def announced() -> list[Announcement]:
        for proposal, outcome, sequence in zip(proposals, outcomes, sequences, strict=True):
            announcements[proposal.key] = outcome.announced(proposal, now, sequence)
        return [made for made in announcements.values() if made.why_dead is None]

    await session.save(book.contacts.values(), announced)
    return announcements


class Settled(NamedTuple):
    """What becomes of proposals that come from no result. `outcomes`: None for one that may not be written. `names`:
    the custom fields that were asked about."""

    outcomes: list["Outcome | None"]
    book: ContactBook
    names: Collection[FieldName]
    definitions: Mapping[FieldName, FieldDefinition]

    @property
    def contacts(self) -> Collection[Contact]:
        """Those to save, and those that stay as they are."""
        return self.book.contacts.values()

    async def holds(self, session: ContactSession) -> bool:
        """Whether it may be saved in this transaction, though it was settled in another; see `ContactBook.holds`."""
        if not await self.book.holds(session):
            return False
        return not self.names or await session.definitions(self.names) == self.definitions


async def settle(
    session: ContactSession,
    proposals: Sequence[ProposalT],
    fit: Callable[[ProposalT, Mapping[str, FieldDefinition]], bool],
    keys: Collection[ContactKey] = (),
) -> Settled:
    """`fit` is told the definitions of its custom fields, and says whether a proposal may be written. Others have
    their turns between proposals. Raises NotSerializedError.
    """
    book = await ContactBook.open(session, list(proposals), keys)
    names = _names_of(proposals)
    definitions = await _definitions_of(session, book, proposals, names)
    outcomes: list[Outcome | None] = []
    async for proposal in unhurriedly(proposals):
        types = _types_of(proposal, definitions)
        outcomes.append(_apply_one(book, proposal, types) if fit(proposal, types) else None)
    return Settled(outcomes, book, names, definitions)


def _names_of(proposals: Sequence[Proposal]) -> set[FieldName]:
    """Of every custom field that may be written."""
    return {(proposal.workspace_id, name) for proposal in proposals if not proposal.failure for name in proposal.custom}


async def _definitions_of(
    session: ContactSession, book: ContactBook, proposals: Sequence[Proposal], names: Collection[FieldName]
) -> dict[FieldName, FieldDefinition]:
    """Only who writes defines a new one."""
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
    book: ContactBook, proposals: Sequence[Proposal], known: Mapping[FieldName, FieldDefinition]
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


def _apply_one(book: ContactBook, proposal: Proposal, types: Mapping[str, FieldDefinition]) -> Outcome:
    """`types`: of its custom fields, see `merge`."""
    try:
        contact = book.contact_of(proposal)
    except AmbiguousError as doubt:
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


def _reason_to_skip(proposal: Proposal, contact: Contact | None, book: ContactBook) -> Verdict | None:
    if contact is None:
        if book.is_deleted(proposal):
            return DELETED
        return None if proposal.options.create_if_not_exists else NOT_FOUND
    return None if proposal.options.update_existing else NOT_UPDATED
