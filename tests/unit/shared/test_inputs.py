"""Inputs against a schema: what is taken, what is made of what flows send, what is said of the rest, all at once."""

import json
import re
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors_shared.contract.connector import InputField, InputFormat
from connectors_shared.definition.compilation import Compilation
from connectors_shared.definition.inputs.fields import BEYOND, MOST_TOLD, Fields, Misfits, fit
from connectors_shared.definition.inputs.numbers import DECODER
from connectors_shared.definition.inputs.schema import MOST_FIELDS, MOST_LEVELS, MOST_PATTERNS, compile_inputs
from connectors_shared.definition.inputs.types import TYPES
from tests.unit.executor.hostile import JSON

DOCUMENT = Path(__file__).parents[3] / "docs" / "definitions.md"
ABSENT, REFUSED = "absent", "–"


def compiled(schema: dict[str, Any]) -> Fields:
    found = Compilation()
    fields = compile_inputs({name: InputField.model_validate(each) for name, each in schema.items()}, "", found)
    assert found.problems == []
    return fields


def problems_of(schema: dict[str, Any]) -> dict[str, str]:
    found = Compilation()
    compile_inputs({name: InputField.model_validate(each) for name, each in schema.items()}, "", found)
    return {problem.pointer: problem.detail for problem in found.told()}


def fitted(value: Any, **field: Any) -> Any:
    """What is made of it, or why it is refused."""
    outcome = fit(compiled({"x": field}), {"x": value})
    return outcome.problems[0].detail if isinstance(outcome, Misfits) else outcome.get("x")


def table() -> list[tuple[str, str, str]]:
    """Given, type, and what becomes of it, as the document says."""
    rows = [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in DOCUMENT.read_text().split("| given |")[1].splitlines()
        if line.startswith("| `")
    ]
    return [
        (row[0].strip("`"), kind, cell.strip("`"))
        for row in rows
        for kind, cell in zip(TYPES_IN_ORDER, row[1:], strict=True)
    ]


TYPES_IN_ORDER = ["string", "integer", "number", "boolean", "array", "object"]


def test_the_document_tells_of_every_type() -> None:
    assert set(TYPES) == set(TYPES_IN_ORDER)
    assert len(table()) > 100


@pytest.mark.parametrize(("given_", "kind", "becomes"), table())
def test_what_becomes_of_a_value_is_as_documented(given_: str, kind: str, becomes: str) -> None:
    outcome = fit(compiled({"x": {"type": kind}}), {"x": DECODER.decode(given_)})
    if becomes == REFUSED:
        assert isinstance(outcome, Misfits)
        assert outcome.problems[0].detail.startswith(f"must be {kind}, not ")
    elif becomes == ABSENT:
        assert isinstance(outcome, dict)
        assert outcome.get("x") is None
    else:
        expected = DECODER.decode(becomes)
        assert outcome == {"x": expected}
        assert isinstance(outcome, dict)
        assert (type(outcome["x"]), str(outcome["x"])) == (type(expected), str(expected))


@pytest.mark.parametrize("nothing", [{}, {"x": None}, {"x": ""}])
def test_a_default_stands_in_for_nothing_and_what_is_required_needs_something(nothing: dict[str, Any]) -> None:
    assert fit(compiled({"x": {"type": "integer", "default": 5, "required": True}}), nothing) == {"x": 5}
    refused = fit(compiled({"x": {"required": True}}), nothing, "/inputs")
    assert isinstance(refused, Misfits)
    assert [(each.pointer, each.detail) for each in refused.problems] == [("/inputs/x", "is required")]


CHECKS: list[tuple[dict[str, Any], Any, str | None]] = [
    ({"enum": ["a", "b"]}, "b", None),
    ({"enum": ["a", "b"]}, "c", "must be one of the values that the schema lists"),
    ({"type": "integer", "enum": [1, 2]}, "2", None),
    ({"type": "number", "enum": [0.1]}, Decimal("0.1"), None),
    ({"type": "number", "minimum": 0.1}, "0.1", None),
    ({"type": "number", "minimum": 0.1}, "0.09", "must be 0.1 at least"),
    ({"type": "integer", "maximum": 10**30}, 10**30 + 1, f"must be {10**30} at most"),
    ({"minLength": 2}, "é", "must have a number of characters of 2 at least"),
    ({"maxLength": 1}, "é", None),
    ({"pattern": r"\d{3}-[a-z]+"}, "123-ab", None),
    ({"pattern": r"\d{3}-[a-z]+"}, "x123-ab", r"must fit the pattern \d{3}-[a-z]+"),
    ({"type": "array", "minItems": 1}, "[]", "must have a number of items of 1 at least"),
    ({"type": "array", "maxItems": 1}, [1, 2], "must have a number of items of 1 at most"),
    ({"format": "date"}, "2026-02-28", None),
    ({"format": "date"}, "2026-02-30", "must be a date such as 2026-01-31"),
    ({"format": "date"}, "20260228", "must be a date such as 2026-01-31"),
    ({"format": "date-time"}, "2026-02-28T10:00:00.123456789+02:00", None),
    ({"format": "date-time"}, "2026-02-28T10:00:00", "must be a moment with its zone, such as 2026-01-31T12:00:00Z"),
    ({"format": "date-time"}, "2026-02-28T25:00:00Z", "must be a moment with its zone, such as 2026-01-31T12:00:00Z"),
    ({"format": "email"}, "ann@example.org", None),
    ({"format": "email"}, "ann@example", "must be an email address"),
    ({"format": "email"}, "ann@bücher.example", None),
    ({"format": "email"}, "ann@example.org/é", "must be an email address"),
    ({"format": "email"}, "ann@example.org#é", "must be an email address"),
    ({"format": "email"}, "a b@example.org", "must be an email address"),
    ({"format": "uri"}, "https://example.org/a?b#c", None),
    ({"format": "uri"}, "mailto:ann@example.org", None),
    ({"format": "uri"}, "https://127.1/", "must be an address that begins with its scheme, such as https://"),
    ({"format": "uri"}, "example.org", "must be an address that begins with its scheme, such as https://"),
    ({"format": "uuid"}, "123e4567-e89b-12d3-a456-426614174000", None),
    ({"format": "uuid"}, "123e4567e89b12d3a456426614174000", "must be a UUID"),
    ({"format": "hostname"}, "api.example.org", None),
    ({"format": "hostname"}, "a..b", "must be the name of a host"),
    ({"format": "hostname"}, "bücher.example", None),
    ({"format": "hostname"}, "good.com/é", "must be the name of a host"),
    ({"format": "hostname"}, "é@good.com", "must be the name of a host"),
    ({"format": "hostname"}, "good.com:81é", "must be the name of a host"),
    ({"format": "hostname"}, "good.com?é\n", "must be the name of a host"),
    ({"format": "hostname"}, "(😀n[]4%@", "must be the name of a host"),
    ({"format": "hostname"}, "[::1x", "must be the name of a host"),
    ({"format": "ipv4"}, "192.0.2.1", None),
    ({"format": "ipv4"}, "192.0.2", "must be an IPv4 address"),
    ({"format": "ipv6"}, "2001:db8::1", None),
    ({"format": "ipv6"}, "192.0.2.1", "must be an IPv6 address"),
    ({"format": "e164"}, "+12125550120", None),
    ({"format": "e164"}, "(212) 555-0120", "must be a phone number such as +12125550120"),
    ({"format": "e164"}, 12125550120, "must be a phone number such as +12125550120"),
]


@pytest.mark.parametrize(("field", "value", "wrong"), CHECKS)
def test_a_value_is_judged_by_what_its_field_says(field: dict[str, Any], value: Any, wrong: str | None) -> None:
    outcome = fit(compiled({"x": field}), {"x": value})
    assert (outcome.problems[0].detail if isinstance(outcome, Misfits) else None) == wrong


def test_every_format_has_a_case() -> None:
    assert {field.get("format") for field, _, _ in CHECKS} >= {each.value for each in InputFormat}


ADDRESS = {
    "type": "object",
    "properties": {
        "zip": {"type": "integer", "required": True},
        "country": {"default": "DE", "enum": ["DE", "FR"]},
        "lines": {"type": "array", "maxItems": 3, "items": {"maxLength": 5}},
        "a/b": {"type": "boolean"},
    },
}


WHOLE = [("1e30", 10**30), ("-1E+28", -(10**28)), ("1e308", 10**308), (f"{10**29 + 1}.0", 10**29 + 1)]


@pytest.mark.parametrize(("number", "whole"), WHOLE, ids=[number for number, _ in WHOLE])
def test_a_whole_number_is_one_however_it_is_written_and_however_long(number: str, whole: int) -> None:
    assert fitted(DECODER.decode(number), type="integer") == whole


@pytest.mark.parametrize("number", [f"{10**29}.5", "1e-30", "1e-999999"])
def test_what_is_not_whole_is_no_integer_however_long(number: str) -> None:
    assert fitted(DECODER.decode(number), type="integer") == "must be integer, not number"


@pytest.mark.parametrize("number", ["1e400", "1e999999999", "1e99999999999999999999"])
def test_a_number_beyond_all_doubles_is_refused_wherever_it_stands(number: str) -> None:
    assert fitted(DECODER.decode(number), type="integer") == BEYOND
    lists = {"type": "array", "items": {"type": "integer"}}
    assert fitted(DECODER.decode(f"[{number}]"), **lists) == BEYOND
    assert fitted(f"[{number}]", **lists) == "must be array, not string"
    assert fitted(f"[{number}]", type="array") == "must be array, not string"


def test_fields_within_fields_are_coerced_and_filled() -> None:
    given_ = {"address": {"zip": "10115", "lines": ["a", 7], "other": [1]}, "more": {"x": "1"}}
    assert fit(compiled({"address": ADDRESS}), given_) == {
        "address": {"zip": 10115, "lines": ["a", "7"], "other": [1], "country": "DE"},
        "more": {"x": "1"},
    }
    assert given_["address"] == {"zip": "10115", "lines": ["a", 7], "other": [1]}


def test_everything_that_does_not_fit_is_told_at_once_with_its_place_and_no_value() -> None:
    schema = {"address": ADDRESS, "name": {"required": True}, "age": {"type": "integer"}, "beyond": {"type": "number"}}
    refused = fit(
        compiled(schema),
        {
            "address": {"country": "s3cret", "lines": ["ok", "s3cret"], "a/b": "s3cret"},
            "age": "s3cret",
            "any": {"er": Decimal("1e400")},
        },
        "/inputs",
    )
    assert isinstance(refused, Misfits)
    assert {each.pointer: each.detail for each in refused.problems} == {
        "/inputs/any": "holds a number beyond the range of numbers",
        "/inputs/address/zip": "is required",
        "/inputs/address/country": "must be one of the values that the schema lists",
        "/inputs/address/lines/1": "must have a number of characters of 5 at most",
        "/inputs/address/a~1b": "must be boolean, not string",
        "/inputs/name": "is required",
        "/inputs/age": "must be integer, not string",
    }


def test_the_first_of_many_misfits_are_told_and_the_others_counted() -> None:
    refused = fit(compiled({"x": {"type": "array", "items": {"type": "integer"}}}), {"x": ["a"] * 1000})
    assert isinstance(refused, Misfits)
    assert (len(refused.problems), refused.untold) == (MOST_TOLD, 1000 - MOST_TOLD)


WRONG_SCHEMAS: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"type": "integer", "default": "5"}, {"/x/default": "must be integer, not string"}),
    ({"default": 5}, {"/x/default": "must be string, not integer"}),
    ({"enum": ["a", 5]}, {"/x/enum/1": "must be string, not integer"}),
    ({"enum": ["a", "a"]}, {"/x/enum/1": "is there already"}),
    ({"enum": ["a"], "default": "b"}, {"/x/default": "must be one of the values that the schema lists"}),
    ({"maxLength": 1, "enum": ["a", "bb"]}, {"/x/enum/1": "must have a number of characters of 1 at most"}),
    ({"format": "date", "default": "soon"}, {"/x/default": "must be a date such as 2026-01-31"}),
    ({"type": "integer", "minLength": 1}, {"/x/minLength": "is for fields of the type string"}),
    ({"minimum": 1}, {"/x/minimum": "is for fields of the type integer or number"}),
    ({"type": "integer", "minimum": 2, "maximum": 1}, {"/x/minimum": "is more than maximum"}),
    ({"properties": {}}, {"/x/properties": "is for fields of the type object"}),
    ({"pattern": "("}, {"/x/pattern": "is no pattern: missing ): ("}),
    ({"pattern": "(?=a)"}, {"/x/pattern": "is no pattern: invalid perl operator: (?="}),
    ({"pattern": "((a{1,100}){1,100}){1,100}"}, {"/x/pattern": "is no pattern: invalid repetition size: {1,100}"}),
    (
        {"type": "object", "properties": {"y": {"type": "array", "items": {"type": "boolean", "default": 1}}}},
        {"/x/properties/y/items/default": "must be boolean, not integer"},
    ),
    (
        {"type": "object", "properties": {"y": {"required": True}}, "default": {}},
        {"/x/default": "/y is required"},
    ),
]


@pytest.mark.parametrize(("field", "told"), WRONG_SCHEMAS)
def test_a_schema_that_contradicts_itself_is_refused_with_the_place(
    field: dict[str, Any], told: dict[str, str]
) -> None:
    assert problems_of({"x": field}) == told


def test_a_schema_is_neither_deep_nor_large() -> None:
    deep: dict[str, Any] = {"type": "string"}
    for _ in range(MOST_LEVELS):
        deep = {"type": "object", "properties": {"x": deep}}
    [(pointer, detail)] = problems_of({"x": deep}).items()
    assert (pointer, "5 levels" in detail) == ("/x" + "/properties/x" * MOST_LEVELS, True)
    assert list(problems_of({f"f{number}": {} for number in range(MOST_FIELDS + 50)})) == [f"/f{MOST_FIELDS}"]
    many = {f"f{number}": {"pattern": f"a{number}"} for number in range(MOST_PATTERNS + 1)}
    assert list(problems_of(many)) == [f"/f{MOST_PATTERNS}/pattern"]


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|a)*b", "(.*)*b", "^(a?){100}b$"])
def test_no_pattern_takes_more_than_one_reading(pattern: str) -> None:
    started = time.process_time()
    assert fitted("a" * 50_000, pattern=pattern) == f"must fit the pattern {pattern}"
    assert time.process_time() - started < 2.0


@given(JSON, st.sampled_from([*TYPES]))
def test_whatever_is_given_fits_or_is_refused_and_what_fits_is_of_the_type(value: Any, kind: str) -> None:
    try:
        read = DECODER.decode(json.dumps(value))
    except ValueError:
        return  # nan, or half a character: no message can hold them
    outcome = fit(compiled({"x": {"type": kind, "required": True}}), {"x": read})
    if isinstance(outcome, dict):
        assert TYPES[kind].is_one(outcome["x"])
        assert fit(compiled({"x": {"type": kind}}), outcome) == outcome
    else:
        assert outcome.problems
