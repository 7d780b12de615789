"""merge: one proposal onto one contact, value by value, by its options and by who wrote last."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors_shared.contract.contact import TargetType
from field_mapper.coercion import CustomFieldType, FieldDefinition, ValueRefusedError, coerce_custom_value
from field_mapper.model import EXTERNAL_ID, Contact, CustomValue, Proposal, Refusal, is_newer
from field_mapper.stages.changes import Changes

NEWER = "a newer value is already there"
NO_ROOM = "the workspace has as many custom fields as it may have; delete one that is not needed"
OCCUPIED = "the field is not empty, and overwriteExisting is off"


@dataclass(slots=True)
class Written:
    """The values that were written, as they are stored now, and what they replaced."""

    user: dict[str, Any] = field(default_factory=dict)
    custom: dict[str, Any] = field(default_factory=dict)
    changes: Changes = field(default_factory=Changes)


def merge(proposal: Proposal, contact: Contact, definitions: Mapping[str, FieldDefinition]) -> Written:
    """Change `contact`; what may not be written is added to the proposal's refusals.

    `definitions` has every custom field of the proposal, except those whose value fits no type, and those for which
    the workspace has no room.
    """
    written = Written()
    origin = proposal.origin().to_json()
    for name, value in proposal.user.items():
        if not _may_write(proposal, TargetType.USER_FIELD, name, contact.user.get(name), contact.origins.get(name)):
            continue
        written.user[name] = value
        written.changes.set_user(contact, name, value, origin)
    for name, value in proposal.custom.items():
        _merge_custom(proposal, contact, name, value, definitions.get(name), origin, written)
    return written


def _merge_custom(
    proposal: Proposal,
    contact: Contact,
    name: str,
    value: Any,
    definition: FieldDefinition | None,
    origin: dict[str, Any],
    written: Written,
) -> None:
    try:
        coerced = definition.fit(value) if definition else coerce_custom_value(CustomFieldType.JSON, value)
    except ValueRefusedError as error:
        proposal.refuse(Refusal.VALUE, TargetType.CUSTOM_FIELD, name, str(error))
        return
    if definition is None:
        proposal.refuse(Refusal.LIMIT, TargetType.CUSTOM_FIELD, name, NO_ROOM)
        return
    there = contact.custom.get(name)
    if not _may_write(
        proposal, TargetType.CUSTOM_FIELD, name, there.value if there else None, there.origin if there else None
    ):
        return
    written.custom[name] = coerced
    written.changes.set_custom(contact, name, CustomValue(coerced, definition.type, origin))


def _may_write(
    proposal: Proposal, target_type: TargetType, name: str, there: Any, origin: Mapping[str, Any] | None
) -> bool:
    if is_newer(origin, proposal.written_at):
        proposal.refuse(Refusal.OLDER, target_type, name, NEWER)
        return False
    if not proposal.options.overwrite_existing and not is_empty(there):
        proposal.refuse(Refusal.OCCUPIED, target_type, name, OCCUPIED)
        return False
    return True


def is_empty(value: Any) -> bool:
    """Null, blank text and an empty list; zero and false are values."""
    return value is None or value in ("", [])


def edit(
    contact: Contact,
    user: Mapping[str, Any],
    custom: Mapping[str, tuple[CustomFieldType, Any]],
    at: datetime,
    by: str,
    **named: str | None,
) -> Changes:
    """What a person writes always holds; None empties the field, and that is remembered too."""
    origin, changes = {"at": at.isoformat(), "by": by}, Changes()
    for name, value in user.items():
        changes.set_user(contact, name, value, origin)
    for name, (kind, value) in custom.items():
        changes.set_custom(contact, name, CustomValue(value, kind, origin))
    if EXTERNAL_ID in named and named[EXTERNAL_ID] != contact.external_id:
        changes.set_external_id(contact, named[EXTERNAL_ID], origin)
    return changes
