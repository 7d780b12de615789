"""Taking back what an execution wrote: only where nobody has written since, and to exactly what was there."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from connectors_shared.contract.contact import TargetType
from field_mapper.coercion import CustomFieldType, FieldDefinition
from field_mapper.model import Contact, CustomValue
from field_mapper.stages.changes import Changes
from field_mapper.stages.merge import edit
from field_mapper.stages.undo import CHANGED_SINCE, DOES_NOT_FIT, undo, written_fields

NUMBER = CustomFieldType.NUMBER


def origin(execution: UUID) -> dict[str, Any]:
    return {"at": datetime(2026, 1, 1, tzinfo=UTC).isoformat(), "execution": str(execution)}


def write(contact: Contact, execution: UUID, user: dict[str, Any], custom: dict[str, Any]) -> dict[str, Any]:
    """As an execution does; what is stored of it."""
    changes = Changes()
    for name, value in user.items():
        changes.set_user(contact, name, value, origin(execution))
    for name, value in custom.items():
        changes.set_custom(contact, name, CustomValue(value, NUMBER, origin(execution)))
    return deepcopy(changes.to_json())


def values(contact: Contact) -> tuple[Any, ...]:
    return contact.user, contact.origins, {name: (one.value, one.origin) for name, one in contact.custom.items()}


def test_it_is_as_if_the_execution_had_never_been() -> None:
    contact, first, second = Contact(uuid4(), uuid4()), uuid4(), uuid4()
    write(contact, first, {"city": "Rome"}, {"score": 1})
    before = deepcopy(values(contact))
    stored = write(contact, second, {"city": "Oslo", "state": "X"}, {"score": 2, "new": 3})
    undone = undo(contact, second, [stored], {})
    assert values(contact) == before
    assert undone.kept == {}
    assert {name for _, name in written_fields(undone.changes)} == {"city", "state", "score", "new"}
    assert undone.changes.user["city"] == {"from": "Oslo", "to": "Rome", "origin": 0}


def test_what_somebody_has_changed_since_is_kept_and_named() -> None:
    contact, execution = Contact(uuid4(), uuid4()), uuid4()
    stored = write(contact, execution, {"city": "Rome", "state": "X"}, {"score": 1, "other": 2})
    edit(contact, {"city": "Oslo"}, {"score": (NUMBER, 5)}, datetime(2026, 1, 2, tzinfo=UTC), "ann")
    undone = undo(contact, execution, [stored], {})
    assert undone.kept == {
        (TargetType.USER_FIELD, "city"): CHANGED_SINCE,
        (TargetType.CUSTOM_FIELD, "score"): CHANGED_SINCE,
    }
    assert (contact.user, contact.custom["score"].value, "other" in contact.custom) == ({"city": "Oslo"}, 5, False)


def test_what_is_undone_is_not_undone_again() -> None:
    contact, execution = Contact(uuid4(), uuid4()), uuid4()
    stored = write(contact, execution, {"city": "Rome"}, {})
    undo(contact, execution, [stored], {})
    again = undo(contact, execution, [stored], {})
    assert (bool(again.changes), list(again.kept.values())) == (False, [CHANGED_SINCE])


def test_all_that_corrected_mappings_wrote_for_an_execution_is_taken_back() -> None:
    contact, first, execution = Contact(uuid4(), uuid4()), uuid4(), uuid4()
    write(contact, first, {"city": "Rome"}, {})
    wrong = write(contact, execution, {"city": "Wrong"}, {})
    corrected = write(contact, execution, {"city": "Right"}, {})
    undone = undo(contact, execution, [corrected, wrong], {})
    assert contact.user == {"city": "Rome"}
    assert undone.changes.user["city"] == {"from": "Right", "to": "Rome", "origin": 0}


def test_a_value_that_does_not_fit_the_type_of_its_field_any_more_is_not_brought_back() -> None:
    contact, first, second = Contact(uuid4(), uuid4()), uuid4(), uuid4()
    write(contact, first, {}, {"when": 5})
    stored = write(contact, second, {}, {"when": 6})
    undone = undo(contact, second, [stored], {"when": FieldDefinition(CustomFieldType.DATE)})
    assert undone.kept == {(TargetType.CUSTOM_FIELD, "when"): DOES_NOT_FIT}
    assert contact.custom["when"].value == 6
