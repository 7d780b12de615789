"""merge: one proposal onto one contact, value by value, by its options and by who wrote last."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors_shared.contract.contact import TargetType
from connectors_shared.contract.updates import MappingReason
from field_mapper.coercion import CustomFieldType, FieldDefinition, ValueRefusedError, coerce_custom_value
from field_mapper.model import EXTERNAL_ID, Contact, CustomValue, Proposal, is_newer
from field_mapper.stages.changes import Changes
from field_mapper.verdicts import written

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
    """Change `contact`; what became of each field is added to the proposal's verdicts.

    `definitions` has every custom field of the proposal, except those whose value fits no type, and those for which
    the workspace has no room.
    """
    made = Written()
    origin = proposal.origin().to_json()
    for name, value in proposal.user.items():
        there = contact.user.get(name)
        if not _may_write(proposal, TargetType.USER_FIELD, name, there, contact.origins.get(name)):
            continue
        proposal.verdicts[TargetType.USER_FIELD, name] = written(name, there, value)
        made.user[name] = value
        made.changes.set_user(contact, name, value, origin)
    for name, value in proposal.custom.items():
        _merge_custom(proposal, contact, name, value, definitions.get(name), origin, made)
    return made


def _merge_custom(
    proposal: Proposal,
    contact: Contact,
    name: str,
    value: Any,
    definition: FieldDefinition | None,
    origin: dict[str, Any],
    made: Written,
) -> None:
    try:
        coerced = definition.fit(value) if definition else coerce_custom_value(CustomFieldType.JSON, value)
    except ValueRefusedError as error:
        proposal.refuse(MappingReason.VALUE, TargetType.CUSTOM_FIELD, name, str(error))
        return
    if definition is None:
        proposal.refuse(MappingReason.LIMIT, TargetType.CUSTOM_FIELD, name, NO_ROOM)
        return
    there = contact.custom.get(name)
    before, was_large = (there.value, there.large) if there else (None, False)
    if not _may_write(proposal, TargetType.CUSTOM_FIELD, name, before, there.origin if there else None):
        return
    proposal.verdicts[TargetType.CUSTOM_FIELD, name] = written(name, before, coerced, unknown_before=was_large)
    made.custom[name] = coerced
    made.changes.set_custom(contact, name, CustomValue(coerced, definition.type, origin))


def _may_write(
    proposal: Proposal, target_type: TargetType, name: str, there: Any, origin: Mapping[str, Any] | None
) -> bool:
    if is_newer(origin, proposal.written_at):
        proposal.refuse(MappingReason.OLDER, target_type, name, NEWER)
        return False
    if not proposal.options.overwrite_existing and not is_empty(there):
        proposal.refuse(MappingReason.OCCUPIED, target_type, name, OCCUPIED)
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
