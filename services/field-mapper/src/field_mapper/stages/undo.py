"""undo: what an execution wrote on a contact is taken back, field by field, where nobody has written since."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from connectors_shared.contract.contact import TargetType
from field_mapper.coercion import CustomFieldType, FieldDefinition, ValueRefusedError
from field_mapper.model import EXTERNAL_ID, Contact, CustomValue
from field_mapper.stages.changes import Changes

CHANGED_SINCE = "it was changed since"
DOES_NOT_FIT = "what was there before does not fit the field's type any more"

Stored = Mapping[str, Any]
"""`Changes.to_json` as it was stored."""


@dataclass(slots=True)
class Undone:
    """`kept`: fields that were left as they are, with the reason."""

    changes: Changes = field(default_factory=Changes)
    kept: dict[tuple[TargetType, str], str] = field(default_factory=dict)


def fields_of(stored: Sequence[Stored]) -> list[str]:
    """The custom fields that it wrote."""
    return list({name for changes in stored for name in changes["custom"]})


def undo(
    contact: Contact, execution_id: UUID, stored: Sequence[Stored], definitions: Mapping[str, FieldDefinition]
) -> Undone:
    """Change `contact`. `stored`: what the execution changed, the last change first. `definitions`: of custom
    fields, as they are now."""
    undone, whose = Undone(), str(execution_id)
    for changes in stored:
        for name, change in changes["user"].items():
            if contact.origins.get(name, {}).get("execution") != whose:
                undone.kept.setdefault((TargetType.USER_FIELD, name), CHANGED_SINCE)
                continue
            before, origin = change.get("from"), _origin(changes, change)
            if name == EXTERNAL_ID:
                undone.changes.set_external_id(contact, before, origin)
            else:
                undone.changes.set_user(contact, name, before, origin)
        for name, change in changes["custom"].items():
            if reason := _undo_custom(contact, name, whose, changes, change, definitions.get(name), undone.changes):
                undone.kept.setdefault((TargetType.CUSTOM_FIELD, name), reason)
    return undone


def _undo_custom(
    contact: Contact,
    name: str,
    whose: str,
    changes: Stored,
    change: Mapping[str, Any],
    definition: FieldDefinition | None,
    made: Changes,
) -> str | None:
    """Why it was not done."""
    there = contact.custom.get(name)
    if there is None or there.origin.get("execution") != whose:
        return CHANGED_SINCE
    origin = _origin(changes, change)
    if origin is None:
        made.set_custom(contact, name, None)
        return None
    before = change.get("from")
    definition = definition or FieldDefinition(CustomFieldType(change["type"]))
    try:
        value = None if before is None else definition.fit(before)
    except ValueRefusedError:
        return DOES_NOT_FIT
    made.set_custom(contact, name, CustomValue(value, definition.type, origin))
    return None


def _origin(changes: Stored, change: Mapping[str, Any]) -> dict[str, Any] | None:
    """Who had written what was there before; None when nobody had."""
    place = change.get("origin")
    return None if place is None else dict(changes["origins"][place])


def written_fields(changes: Changes) -> Iterator[tuple[TargetType, str]]:
    yield from ((TargetType.USER_FIELD, name) for name in changes.user)
    yield from ((TargetType.CUSTOM_FIELD, name) for name in changes.custom)
