"""What a definition allows, and how many fields a workspace may have."""

import re
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from connectors_shared.contract.updates import ContactUpdated
from field_mapper.batch import BatchProcessor
from field_mapper.coercion import Choice, CustomFieldType, FieldDefinition, FieldOptions, ValueRefusedError
from field_mapper.inbound.http.field_shapes import OptionsShape, definition_of

from .builders import CREATE, a_result, custom
from .twin import FakeRecord, InMemoryContacts, InMemoryPublisher

WORKSPACE = uuid4()
LEVELS = FieldOptions(choices=(Choice("gold", "Gold member"), Choice("SILVER"), Choice("Gold member", "x")))
RANGE = FieldOptions(minimum=1, maximum=5)
Kind = CustomFieldType


@pytest.mark.parametrize(
    ("definition", "value", "stored"),
    [
        (FieldDefinition(Kind.CHOICE, LEVELS), "gold", "gold"),
        (FieldDefinition(Kind.CHOICE, LEVELS), " silver ", "SILVER"),
        (FieldDefinition(Kind.CHOICE, LEVELS), "Gold member", "Gold member"),
        (FieldDefinition(Kind.CHOICE, LEVELS), "GOLD", "gold"),
        (FieldDefinition(Kind.TAGS, LEVELS), "Silver, gold, silver", ["SILVER", "gold"]),
        (FieldDefinition(Kind.TAGS), ["a", "b", "a"], ["a", "b"]),
        (FieldDefinition(Kind.NUMBER, RANGE), "5", 5),
        (FieldDefinition(Kind.INTEGER, RANGE), 1, 1),
        (FieldDefinition(Kind.TEXT, FieldOptions(max_length=3)), " abc ", "abc"),
        (FieldDefinition(Kind.JSON, FieldOptions(shape="list")), [1], [1]),
        (FieldDefinition(Kind.JSON, FieldOptions(shape="object")), {"a": 1}, {"a": 1}),
        (FieldDefinition(Kind.EMAIL), "Ann@Example.COM", "Ann@example.com"),
        (FieldDefinition(Kind.URL), "example.com", "https://example.com"),
    ],
)
def test_what_fits_a_definition_is_stored_as_it_has_it(definition: FieldDefinition, value: Any, stored: Any) -> None:
    assert definition.fit(value) == stored


@pytest.mark.parametrize(
    ("definition", "value"),
    [
        (FieldDefinition(Kind.CHOICE, LEVELS), "bronze"),
        (FieldDefinition(Kind.CHOICE), "anything"),
        (FieldDefinition(Kind.CHOICE, LEVELS), ["gold"]),
        (FieldDefinition(Kind.TAGS, LEVELS), ["gold", "bronze"]),
        (FieldDefinition(Kind.NUMBER, RANGE), 5.1),
        (FieldDefinition(Kind.INTEGER, RANGE), 0),
        (FieldDefinition(Kind.TEXT, FieldOptions(max_length=3)), "abcd"),
        (FieldDefinition(Kind.JSON, FieldOptions(shape="list")), {"a": 1}),
        (FieldDefinition(Kind.JSON, FieldOptions(shape="object")), "text"),
        (FieldDefinition(Kind.TEXT, deleting=True), "anything"),
    ],
)
def test_what_does_not_fit_is_refused(definition: FieldDefinition, value: Any) -> None:
    with pytest.raises(ValueRefusedError):
        definition.fit(value)


BEYOND_A_DOUBLE = 2**53 + 1


def test_a_bound_is_as_exact_as_the_numbers_that_it_bounds() -> None:
    options = OptionsShape.model_validate_json(f'{{"minimum": -{BEYOND_A_DOUBLE}, "maximum": {BEYOND_A_DOUBLE}}}')
    definition = definition_of(Kind.INTEGER, options)
    assert definition.fit(str(BEYOND_A_DOUBLE)) == BEYOND_A_DOUBLE
    with pytest.raises(ValueRefusedError, match=f"above {BEYOND_A_DOUBLE}$"):
        definition.fit(BEYOND_A_DOUBLE + 1)
    with pytest.raises(ValueRefusedError, match=f"below -{BEYOND_A_DOUBLE}$"):
        definition.fit(-BEYOND_A_DOUBLE - 1)
    stored = msgspec.json.encode(definition.options)
    assert msgspec.json.decode(stored, type=FieldOptions) == definition.options
    assert str(BEYOND_A_DOUBLE).encode() in stored


@pytest.mark.parametrize(("bound", "told"), [(5.0, "5"), (187500.25, "187500.25"), (-1, "-1")])
def test_a_bound_is_told_as_it_was_written(bound: float, told: str) -> None:
    definition = FieldDefinition(Kind.NUMBER, FieldOptions(maximum=bound))
    with pytest.raises(ValueRefusedError, match=f"above {re.escape(told)}$"):
        definition.fit(bound + 1)


async def test_beyond_its_ceiling_a_workspace_gets_no_new_field_and_the_update_says_so(
    processor: BatchProcessor, contacts: InMemoryContacts, publisher: InMemoryPublisher
) -> None:
    contacts.committed.room = 2
    result = a_result(WORKSPACE, {"v": 1}, *(custom("v", name) for name in "abc"), contact_id=uuid4(), options=CREATE)
    assert await processor.process([FakeRecord(result.to_json())])
    [message] = publisher.on("contact.updated")
    update = ContactUpdated.model_validate_json(message.value or b"")
    assert update.custom_fields == {"a": 1, "b": 1}
    assert [(value.target_field, "custom fields" in (value.detail or "")) for value in update.not_written] == [
        ("c", True)
    ]
