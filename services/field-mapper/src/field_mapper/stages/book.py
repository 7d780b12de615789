"""The contacts of a batch: which of them a proposal leads to."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import msgspec

from connectors_shared.contract.contact import TargetType, UserField
from field_mapper.ids import new_id
from field_mapper.model import (
    EXTERNAL_ID,
    Contact,
    ContactKey,
    ContactRef,
    Proposal,
    email_key,
    identities,
    is_newer,
    match_keys,
)
from field_mapper.stages.merge import Written
from field_mapper.stages.session import ContactSession, Found, NotSerializedError

_AMBIGUOUS_PHONE = "several contacts have this phone number: the flow has to name the one that is meant"
AMBIGUOUS = {
    "email": "several contacts have this email address: the flow has to name the one that is meant",
    "phone": _AMBIGUOUS_PHONE,
    "national": _AMBIGUOUS_PHONE,
}


class AmbiguousError(Exception):
    """A key leads to several contacts; the message names the key and repeats no value."""


class Seen(msgspec.Struct, frozen=True):
    """What a book was opened on. As long as the same is found, all that came of it is as it would be."""

    asked: Collection[ContactKey]
    found: Found
    wanted: Collection[ContactRef]
    deleted: Collection[ContactRef]
    revisions: Mapping[ContactRef, int]


async def _find(session: ContactSession, proposals: list[Proposal]) -> tuple[Found, set[ContactKey]]:
    """By what they are called; those that have no such name, or whose name is not there, by email and phone. And all
    that was asked for."""
    named = {identity for proposal in proposals if (identity := proposal.identity)}
    found = await session.find(named)
    others = [
        proposal for proposal in proposals if not _is_named_anew(proposal, found) and not _is_found(proposal, found)
    ]
    keys = {key for proposal in others for key in proposal.ways_to_find()} - named
    return found | await session.find(keys), named | keys


class ContactBook:
    """The contacts of one batch, found by id or match key; those made earlier in the batch are found too.

    Under a key may be contacts that have left it.
    """

    def __init__(
        self,
        contacts: dict[ContactRef, Contact],
        by_key: dict[ContactKey, list[Contact]],
        serialized: Collection[ContactKey],
        seen: Seen,
    ) -> None:
        self.contacts = contacts
        self._by_key = by_key
        self._serialized = serialized
        self._seen = seen

    @classmethod
    async def open(
        cls, session: ContactSession, proposals: list[Proposal], keys: Collection[ContactKey]
    ) -> "ContactBook":
        found, asked = await _find(session, proposals)
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
        revisions = {ref: contact.revision for ref, contact in contacts.items()}
        return cls(contacts, by_key, serialized, Seen(asked | serialized, found, wanted, deleted, revisions))

    async def holds(self, session: ContactSession) -> bool:
        """Whether this transaction would open the same; then it has locked what it would lock. The locks are taken in
        the same order, but not all of them otherwise: then it is to be rolled back."""
        seen = self._seen
        if self._serialized:
            await session.serialize_creation(self._serialized)
        if await session.find(seen.asked) != seen.found:
            return False
        if seen.wanted and await session.deleted(seen.wanted) != seen.deleted:
            return False
        return await session.hold(seen.revisions.keys()) == seen.revisions

    def is_deleted(self, proposal: Proposal) -> bool:
        """Whether it is of a contact that somebody has deleted."""
        deleted = self._seen.deleted
        return bool(deleted) and (proposal.workspace_id, proposal.contact_id) in deleted

    def contact_of(self, proposal: Proposal) -> Contact | None:
        """The first key that leads to a contact decides, unless what it was found by changed meanwhile.

        Raises AmbiguousError when it leads to several.
        """
        for key in proposal.ways_to_find():
            found = [contact for contact in self._by_key.get(key, ()) if _leads_to(key, contact, proposal)]
            if len(found) > 1:
                raise AmbiguousError(AMBIGUOUS[key.kind])
            if found:
                return found[0]
        return None

    def copy(self) -> "ContactBook":
        """To try things on."""
        contacts = {ref: contact.copy() for ref, contact in self.contacts.items()}
        by_key = {key: [contacts[contact.ref] for contact in found] for key, found in self._by_key.items()}
        return ContactBook(contacts, by_key, self._serialized, self._seen)

    def blank(self, proposal: Proposal) -> Contact:
        """A new contact under the flow's id."""
        self._require(proposal.all_keys())
        id_ = proposal.contact_id or new_id()
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
            there = self._by_key.get(key)
            if not there:
                self._by_key[key] = [contact]
            elif there[0] is not contact and not any(other is contact for other in there):
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


def _is_found(proposal: Proposal, found: Found) -> bool:
    return not found.keys().isdisjoint(proposal.ways_to_find())


def _is_named_anew(proposal: Proposal, found: Found) -> bool:
    """A contact of that id is not there, and may be made: all its keys are looked for once nobody else can make it."""
    if proposal.contact_id is None or proposal.failure or not proposal.options.create_if_not_exists:
        return False
    return proposal.identity not in found


def _may_make(proposal: Proposal, found: Found) -> bool:
    """A contact, or another system's name of one: nobody else should do the same meanwhile."""
    if proposal.external_id is not None:
        return proposal.identity not in found
    if not proposal.options.create_if_not_exists:
        return False
    # Of one that is named anew not all keys have been looked for, whatever was found by some of them for others.
    return _is_named_anew(proposal, found) or not _is_found(proposal, found)


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
