"""Every cell of the table in docs/mappings.md: what a JSON value becomes in a field of each type."""

import re
from pathlib import Path
from typing import Any, Final

import pytest

from connectors_shared.contract.contact import FieldMapping, Reading
from connectors_shared.definition.mappings.terms import AS_WRITTEN, ReadAs, read_terms
from field_mapper.coercion import (
    CustomFieldType,
    FieldDefinition,
    FieldOptions,
    UserFieldCoercion,
    ValueRefusedError,
    coerce_custom_value,
    type_of,
)
from field_mapper.coercion.custom_fields import Choice

REFUSED: Final = object()
SOURCES: Final = {
    "text": " 12 ",
    "whole number": 12,
    "fraction": 1.5,
    "true or false": True,
    "list": ["a", 1],
    "object": {"a": 1},
}
TABLE: Final[dict[str, tuple[Any, ...]]] = {
    "text": ("12", "12", "1.5", "true", REFUSED, REFUSED),
    "number": (12, 12, 1.5, REFUSED, REFUSED, REFUSED),
    "integer": (12, 12, REFUSED, REFUSED, REFUSED, REFUSED),
    "decimal": ("12", "12", "1.5", REFUSED, REFUSED, REFUSED),
    "boolean": (REFUSED, REFUSED, REFUSED, True, REFUSED, REFUSED),
    "date": (REFUSED, REFUSED, REFUSED, REFUSED, REFUSED, REFUSED),
    "datetime": (REFUSED, REFUSED, REFUSED, REFUSED, REFUSED, REFUSED),
    "phone": (REFUSED, REFUSED, REFUSED, REFUSED, REFUSED, REFUSED),
    "email": (REFUSED, REFUSED, REFUSED, REFUSED, REFUSED, REFUSED),
    "url": (REFUSED, REFUSED, "https://1.5", REFUSED, REFUSED, REFUSED),
    "choice": ("12", "12", "1.5", "true", REFUSED, REFUSED),
    "tags": (["12"], ["12"], ["1.5"], ["true"], ["a", "1"], REFUSED),
    "json": (" 12 ", 12, 1.5, True, ["a", 1], {"a": 1}),
}
US: Final = ReadAs("US")


def reading(**how: Any) -> ReadAs:
    wrong: list[str] = []
    mapping = FieldMapping(
        source_path="a", target_field="f", target_type="custom_field", reading=Reading.model_validate(how)
    )
    terms = read_terms(mapping, lambda pointer, detail: wrong.append(f"{pointer} {detail}"))
    assert not wrong
    return terms.reading


def test_the_table_has_every_type_and_so_has_the_document() -> None:
    assert set(TABLE) == set(CustomFieldType)
    text = Path(__file__).parents[3].joinpath("docs/mappings.md").read_text()
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) >= set(TABLE)


@pytest.mark.parametrize("kind", TABLE)
def test_what_each_json_type_becomes(kind: str) -> None:
    for (source, value), stored in zip(SOURCES.items(), TABLE[kind], strict=True):
        if stored is REFUSED:
            with pytest.raises(ValueRefusedError):
                coerce_custom_value(CustomFieldType(kind), value, US)
        else:
            made = coerce_custom_value(CustomFieldType(kind), value, US)
            assert (made, type(made)) == (stored, type(stored)), source


@pytest.mark.parametrize(
    ("kind", "how", "value", "stored"),
    [
        ("text", {"trim": False}, " a ", " a "),
        ("number", {"locale": "de"}, "1.234,5", 1234.5),
        ("number", {"locale": "en-IN"}, "12,34,567", 1234567),
        ("integer", {"locale": "de-CH"}, "1'234'567", 1234567),
        ("integer", {"locale": "fr"}, "-1 234", -1234),
        ("decimal", {"locale": "de"}, "12.345.678.901.234.567,890", "12345678901234567.890"),
        ("decimal", {}, "12345678901234567890.10", "12345678901234567890.10"),
        ("decimal", {}, "1e3", "1000"),
        ("decimal", {}, 2**70, str(2**70)),
        ("decimal", {}, "-0.00", "0.00"),
        ("decimal", {}, 0.1, "0.1"),
        ("boolean", {}, " YES ", True),
        ("boolean", {}, 0, False),
        ("date", {}, "2025-01-31T23:00:00+02:00", "2025-01-31"),
        ("date", {"format": "DD.MM.YYYY"}, "31.01.2025", "2025-01-31"),
        ("date", {"format": "YYYYMMDD"}, 20250131, "2025-01-31"),
        ("date", {"format": "D MMMM YYYY", "locale": "de"}, "3 März 2025", "2025-03-03"),
        ("date", {"format": "MMM D, YYYY"}, "Mar 3, 2025", "2025-03-03"),
        ("datetime", {"format": "X"}, 1738281600, "2025-01-31T00:00:00+00:00"),
        ("datetime", {"format": "X"}, 1738281600.25, "2025-01-31T00:00:00.250000+00:00"),
        ("datetime", {"format": "x"}, "1738281600250", "2025-01-31T00:00:00.250000+00:00"),
        ("datetime", {"format": "DD/MM/YYYY hh:mm A"}, "31/01/2025 12:05 am", "2025-01-31T00:05:00+00:00"),
        (
            "datetime",
            {"format": "YYYY-MM-DD[T]HH:mm:ss.SZ"},
            "2025-01-31T01:02:03.5+0130",
            "2025-01-31T01:02:03.500000+01:30",
        ),
        ("phone", {}, "6266958105", "6266958105"),
        ("phone", {"region": "US"}, 6266958105, "+16266958105"),
        ("email", {}, " Ann@Example.COM ", "Ann@example.com"),
        ("url", {}, "example.com/a", "https://example.com/a"),
    ],
)
def test_a_reading_says_how_a_value_is_understood(kind: str, how: dict[str, Any], value: Any, stored: Any) -> None:
    made = coerce_custom_value(CustomFieldType(kind), value, reading(**how))
    assert (made, type(made)) == (stored, type(stored))


@pytest.mark.parametrize(
    ("kind", "how", "value"),
    [
        ("number", {"locale": "de"}, "1,234.5"),
        ("number", {"locale": "de"}, "1.23.456"),
        ("number", {"locale": "de"}, "1.2"),
        ("number", {"locale": "en"}, "1,2,3"),
        ("number", {"locale": "en"}, "12,34,567"),
        ("number", {"locale": "en"}, "1_000"),
        ("number", {"locale": "en"}, "NaN"),
        ("number", {"locale": "en"}, "١٢"),
        ("number", {"locale": "fr"}, "1 234\u00a0567"),
        ("decimal", {}, "1e5000"),
        ("decimal", {}, "9" * 2000),
        ("date", {"format": "DD.MM.YYYY"}, "2025-01-31"),
        ("date", {"format": "DD.MM.YYYY"}, "31.13.2025"),
        ("date", {"format": "DD.MM.YYYY"}, "31.01.2025x"),
        ("date", {"format": "MM/DD/YYYY"}, "13/05/2025"),
        ("date", {"format": "X"}, "9" * 15),
        ("date", {"format": "X"}, True),
        ("datetime", {"format": "DD/MM/YYYY hh:mm A"}, "31/01/2025 13:05 pm"),
        ("phone", {"region": "US"}, "123"),
    ],
)
def test_a_value_that_is_written_otherwise_is_refused(kind: str, how: dict[str, Any], value: Any) -> None:
    with pytest.raises(ValueRefusedError):
        coerce_custom_value(CustomFieldType(kind), value, reading(**how))


def test_a_choice_is_one_of_the_fields_own_and_tags_are_each() -> None:
    options = FieldOptions(choices=(Choice("gold", "Gold card"), Choice("blue")))
    assert FieldDefinition(CustomFieldType.CHOICE, options).fit("gold CARD") == "gold"
    assert FieldDefinition(CustomFieldType.TAGS, options).fit("Blue, gold card, blue") == ["blue", "gold"]
    for kind in (CustomFieldType.CHOICE, CustomFieldType.TAGS):
        with pytest.raises(ValueRefusedError):
            FieldDefinition(kind, options).fit("silver")


def test_a_decimal_has_a_smallest_and_a_largest_value() -> None:
    field = FieldDefinition(CustomFieldType.DECIMAL, FieldOptions(minimum=0.5, maximum=10))
    assert field.fit("9.99") == "9.99"
    for value in ("10.01", 0.4):
        with pytest.raises(ValueRefusedError):
            field.fit(value)


def test_the_first_value_of_a_field_is_of_the_type_that_its_mapping_reads() -> None:
    assert type_of("31.01.2025", reading(format="DD.MM.YYYY")) is CustomFieldType.DATE
    assert type_of("x", reading(format="X")) is CustomFieldType.DATETIME
    assert type_of("1.234,5", reading(locale="de")) is CustomFieldType.NUMBER
    assert type_of(["a"], AS_WRITTEN, adds_tags=True) is CustomFieldType.TAGS
    assert type_of("2025-01-31") is CustomFieldType.TEXT


def test_a_mapping_says_whose_phone_number_it_is_before_the_workspace_does() -> None:
    coerce = UserFieldCoercion("US")
    assert coerce("phone", "020 7946 0958", reading(region="GB")) == "+442079460958"
    assert coerce("phone", "6266958105", reading(trim=False)) == "+16266958105"
    assert coerce("notes", " a ", reading(trim=False)) == " a "
