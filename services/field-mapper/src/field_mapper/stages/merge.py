"""merge: one proposal onto one contact, value by value, by its options and by who wrote last."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from connectors_shared.contract.contact import OnMappingError, TargetType, UserField
from connectors_shared.contract.updates import MappingOutcome, MappingReason
from field_mapper.coercion import CustomFieldType, FieldDefinition, ValueRefusedError, all_tags, coerce_custom_value
from field_mapper.model import (
    EXTERNAL_ID,
    Contact,
    CustomValue,
    Proposal,
    adding,
    is_newer,
    is_replaced_since,
)
from field_mapper.stages.changes import Changes
from field_mapper.verdicts import Verdict, written

NEWER = "a newer value is already there"
NO_ROOM = "the workspace has as many custom fields as it may have; delete one that is not needed"
NO_TAGS = "tags are added to fields of the type tags only"
TAGS = UserField.TAGS.value
OCCUPIED = "the field is not empty, and overwriteExisting is off"


class Written(msgspec.Struct):
    """The values that were written, as they are stored now, and what they replaced."""

    user: dict[str, Any] = {}
    custom: dict[str, Any] = {}
    changes: Changes = msgspec.field(default_factory=Changes)


class StoppedByRuleError(Exception):
    """A value cannot be written, and its mapping says that then nothing is. The message repeats no value."""

    def __init__(self, rule: OnMappingError, reason: str) -> None:
        super().__init__(reason)
        self.rule = rule


def merge(proposal: Proposal, contact: Contact, definitions: Mapping[str, FieldDefinition]) -> Written:
    """Change `contact`; what became of each field is added to the proposal's verdicts.

    `definitions` has every custom field of the proposal, except those whose value fits no type, and those for which
    the workspace has no room. Raises StoppedByRuleError before anything is changed.
    """
    user, custom = _user_values(proposal, contact), _custom_values(proposal, contact, definitions)
    made, origin = Written(), proposal.origin()
    for name, value in user.items():
        there, whose = contact.user.get(name), contact.origins.get(name)
        adds = name == TAGS and proposal.terms_of(TargetType.USER_FIELD, name).adds_tags
        untouched = there is None and whose is None and value is not None
        if untouched or _may_write(proposal, TargetType.USER_FIELD, name, value, there, whose, adds=adds):
            verdict = proposal.verdicts[TargetType.USER_FIELD, name] = written(name, there, value)
            made.user[name] = value
            if not proposal.by_person or not _is_left(proposal, verdict):
                made.changes.set_user(contact, name, value, adding(whose, origin) if adds else origin)
    for name, value in custom.items():
        _write_custom(proposal, contact, name, value, definitions[name].type, origin, made)
    return made


def _write_custom(
    proposal: Proposal,
    contact: Contact,
    name: str,
    value: Any,
    kind: CustomFieldType,
    origin: dict[str, Any],
    made: Written,
) -> None:
    stored = contact.custom.get(name)
    there, whose, was_large = (stored.value, stored.origin, stored.large) if stored else (None, None, False)
    adds = proposal.terms_of(TargetType.CUSTOM_FIELD, name).adds_tags
    if not _may_write(proposal, TargetType.CUSTOM_FIELD, name, value, there, whose, adds=adds):
        return
    verdict = written(name, there, value, unknown_before=was_large)
    proposal.verdicts[TargetType.CUSTOM_FIELD, name] = verdict
    made.custom[name] = value
    if _is_left(proposal, verdict):
        return
    mine = adding(whose, origin) if adds else origin
    made.changes.set_custom(contact, name, CustomValue(value, kind, mine))


def _user_values(proposal: Proposal, contact: Contact) -> Mapping[str, Any]:
    """With the tags that are there, where others are added to them."""
    tags = proposal.user.get(TAGS)
    if tags is None or not proposal.terms_of(TargetType.USER_FIELD, TAGS).adds_tags:
        return proposal.user
    try:
        return proposal.user | {TAGS: all_tags(contact.user.get(TAGS), tags)}
    except ValueRefusedError as error:
        _refuse(proposal, MappingReason.VALUE, TargetType.USER_FIELD, TAGS, str(error))
    return {name: value for name, value in proposal.user.items() if name != TAGS}


def _custom_values(proposal: Proposal, contact: Contact, definitions: Mapping[str, FieldDefinition]) -> dict[str, Any]:
    """Those that fit their fields."""
    fitting: dict[str, Any] = {}
    for name, value in proposal.custom.items():
        definition = definitions.get(name)
        if value is None:
            if definition is None:
                proposal.verdicts[TargetType.CUSTOM_FIELD, name] = written(name, None, None)
            else:
                fitting[name] = None
            continue
        try:
            coerced = _fitted(proposal, contact, name, value, definition)
        except ValueRefusedError as error:
            _refuse(proposal, MappingReason.VALUE, TargetType.CUSTOM_FIELD, name, str(error))
            continue
        if definition is None:
            _refuse(proposal, MappingReason.LIMIT, TargetType.CUSTOM_FIELD, name, NO_ROOM)
        else:
            fitting[name] = coerced
    return fitting


def _fitted(proposal: Proposal, contact: Contact, name: str, value: Any, definition: FieldDefinition | None) -> Any:
    """Raises ValueRefusedError."""
    terms = proposal.terms_of(TargetType.CUSTOM_FIELD, name)
    if definition is None:
        return coerce_custom_value(CustomFieldType.JSON, value)
    reading = terms.reading
    if definition.type is CustomFieldType.PHONE and reading.region is None:
        reading = replace(reading, region=proposal.region)
    fitting = definition.fit(value, reading)
    if not terms.adds_tags:
        return fitting
    if definition.type is not CustomFieldType.TAGS:
        raise ValueRefusedError(NO_TAGS)
    there = contact.custom.get(name)
    return all_tags(there.value if there else None, fitting)


def _refuse(proposal: Proposal, reason: MappingReason, target_type: TargetType, name: str, detail: str) -> None:
    """Raises StoppedByRuleError."""
    proposal.refuse(reason, target_type, name, detail)
    rule = proposal.terms_of(target_type, name).on_error
    if rule is not OnMappingError.SKIP:
        raise StoppedByRuleError(rule, f"{name}: {detail}")


def _may_write(
    proposal: Proposal,
    target_type: TargetType,
    name: str,
    value: Any,
    there: Any,
    origin: Mapping[str, Any] | None,
    *,
    adds: bool,
) -> bool:
    """Nothing is replaced by adding to it, and what is empty is not emptied."""
    if value is None and is_empty(there):
        proposal.verdicts[target_type, name] = written(name, None, None)
        return False
    if not proposal.by_person and (is_replaced_since if adds else is_newer)(origin, proposal.written_at):
        proposal.refuse(MappingReason.OLDER, target_type, name, NEWER)
        return False
    if not adds and not proposal.options.overwrite_existing and not is_empty(there):
        proposal.refuse(MappingReason.OCCUPIED, target_type, name, OCCUPIED)
        return False
    return True


def _is_left(proposal: Proposal, verdict: Verdict) -> bool:
    """A result confirms what is there, and it is its value from then on; a person changes something, or nothing."""
    return proposal.by_person and verdict.outcome is MappingOutcome.UNCHANGED


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
