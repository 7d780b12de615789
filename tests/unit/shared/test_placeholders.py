"""Placeholders: what they may name, what stands in for it, what is made of it, what is said of a wrong one."""

from decimal import Decimal
from typing import Any

import pytest

from connectors_shared.definition.templates import (
    ABSENT,
    TemplateError,
    UnrenderableError,
    parse_template,
    placeholders,
)
from connectors_shared.definition.templates.filters import FILTERS, MOST_CHARACTERS
from connectors_shared.definition.templates.moments import FORMATS
from connectors_shared.definition.templates.roots import ROOTS

SCOPE: dict[str, Any] = {
    "input": {"name": " Ann ", "big": 12345678901234567890123, "exact": Decimal("1.50"), "none": None, "rows": [1, 2]},
    "context": {"contactId": "c-1", "variables": {"step": {"city": "Bonn"}}},
    "workspace": {"id": "w-1", "phoneRegion": None},
}


def value(text: str, scope: dict[str, Any] | None = None) -> Any:
    return parse_template(text).value(SCOPE if scope is None else scope)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{context.contactId}}", "c-1"),
        ("{{context.variables.step.city}}", "Bonn"),
        ("{{context.variables}}", {"step": {"city": "Bonn"}}),
        ("{{workspace.id}}/{{input.big}}/{{input.exact}}", "w-1/12345678901234567890123/1.50"),
        ("{{workspace.phoneRegion}}", ABSENT),
        ("{{context.flowId}}", ABSENT),
    ],
)
def test_a_value_may_be_of_the_inputs_the_context_or_the_workspace(text: str, expected: Any) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('"y"', "y"),
        ('"}}"', "}}"),
        (r'"a \"quoted\" }} text"', 'a "quoted" }} text'),
        ("5", 5),
        ("12345678901234567890123", 12345678901234567890123),
        ("1.50", Decimal("1.50")),
        ("true", True),
        ("null", None),
        ("[]", []),
        ('{"a": {"b": [1]}}', {"a": {"b": [1]}}),
    ],
)
def test_a_default_is_json_and_stands_in_where_there_is_no_value(written: str, expected: Any) -> None:
    for name in ("none", "gone", "rows[7]", "name.first"):
        assert value("{{input." + name + " ?? " + written + "}}") == expected
    assert value("{{ input.big??" + written + " }}") == 12345678901234567890123


def test_a_default_of_null_says_null_and_no_default_says_nothing() -> None:
    assert value("<{{input.gone}}|{{input.gone ?? null}}|{{input.gone ?? null | trim}}>") == "<|null|null>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{input.name | trim}}", "Ann"),
        ("{{input.name|trim|upper}}", "ANN"),
        ("{{input.name | lower | trim}}", "ann"),
        ("{{input.name | urlencode}}", "%20Ann%20"),
        ("{{input.name | trim | base64}}", "QW5u"),
        ("{{input.rows | json}}", "[1,2]"),
        ("{{input.name | json}}", '" Ann "'),
        ("{{input.exact | json}}", "1.50"),
        ('{{input.gone ?? "A|B" | lower}}', "a|b"),
        ("{{input.gone | upper}}", ABSENT),
        ("{{input.big | trim}}", "12345678901234567890123"),
    ],
)
def test_filters_are_applied_one_after_the_other(text: str, expected: Any) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("format_name", "zone", "expected"),
    [
        ("iso", "UTC", "2026-01-31T23:30:00Z"),
        ("iso", "Europe/Berlin", "2026-02-01T00:30:00+01:00"),
        ("iso_ms", "UTC", "2026-01-31T23:30:00.000Z"),
        ("YYYY-MM-DD", "Asia/Tokyo", "2026-02-01"),
        ("YYYYMMDD", "UTC", "20260131"),
        ("DD.MM.YYYY", "UTC", "31.01.2026"),
        ("DD/MM/YYYY", "UTC", "31/01/2026"),
        ("MM/DD/YYYY", "UTC", "01/31/2026"),
        ("YYYY-MM-DD HH:MM:SS", "UTC", "2026-01-31 23:30:00"),
        ("HH:MM:SS", "America/New_York", "18:30:00"),
        ("HH:MM", "UTC", "23:30"),
        ("http", "Asia/Tokyo", "Sat, 31 Jan 2026 23:30:00 GMT"),
        ("unix", "UTC", 1769902200),
        ("unix_ms", "Europe/Berlin", 1769902200000),
    ],
)
@pytest.mark.parametrize(
    "moment",
    [
        "2026-01-31T23:30:00Z",
        "2026-02-01T00:30:00+01:00",
        1769902200,
        "1769902200",
        Decimal("1769902200.0"),
        1769902200000,
    ],
)
def test_a_date_has_one_of_a_few_formats_in_a_named_zone(
    format_name: str, zone: str, expected: Any, moment: Any
) -> None:
    assert format_name in FORMATS
    assert value(f'{{{{input.at | date("{format_name}", "{zone}")}}}}', {"input": {"at": moment}}) == expected


def test_a_moment_without_a_zone_is_meant_in_the_named_one() -> None:
    template = parse_template('{{input.at | date("iso", "Europe/Berlin")}}')
    assert template.value({"input": {"at": "2026-07-01"}}) == "2026-07-01T00:00:00+02:00"
    assert template.value({"input": {"at": "2026-01-01T12:00"}}) == "2026-01-01T12:00:00+01:00"


@pytest.mark.parametrize(
    "moment",
    ["soon", "", "s3cret" * 20, "2026-13-01", True, [1], {"a": 1}, 10**400, -(10**14), "9" * 39, Decimal("1e300"),
     "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "٢٠٢٦-٠١-٣١"],
)  # fmt: skip
def test_what_is_no_moment_is_refused_by_the_name_of_its_place_and_not_repeated(moment: Any) -> None:
    template = parse_template('{{input.at | date("iso", "Asia/Tokyo")}}')
    with pytest.raises(UnrenderableError, match=r"^input\.at is no moment") as caught:
        template.text({"input": {"at": moment}})
    assert "s3cret" not in str(caught.value)


def test_filters_that_grow_end_at_a_ceiling() -> None:
    template = parse_template("{{input.x | urlencode | urlencode}}")
    with pytest.raises(UnrenderableError, match=str(MOST_CHARACTERS)):
        template.text({"input": {"x": "%" * (MOST_CHARACTERS // 3 + 1)}})


@pytest.mark.parametrize(
    ("text", "why", "character"),
    [
        ("ab{{contact.id}}", "begins with none of input, context, workspace", 5),
        ("{{input.x | shout}}", "there are trim, lower, upper, urlencode, base64, json, date", 13),
        ("{{input.x | date}}", "it is written date(format, zone)", 13),
        ('{{input.x | trim("a")}}', "it is written trim", 13),
        ('{{input.x | date("%Y", "UTC")}}', "there are iso, iso_ms", 13),
        ('{{input.x | date("iso", "Mars/Base")}}', "unknown time zone", 13),
        ('{{input.x | date("iso", "../../etc/passwd")}}', "unknown time zone", 13),
        ("{{input.x ?? y}}", "needs JSON here", 14),
        ("{{input.x ?? NaN}}", "needs JSON here", 14),
        ("{{input.x ?? 1e999}}", "needs JSON here", 14),
        (r'{{input.x ?? "\ud800"}}', "needs JSON here", 14),
        ("{{input.x ?? 1 ?? 2}}", "cannot be read", 16),
        ("{{input.x | trim ?? 1}}", "cannot be read", 18),
        ("{{input.x y}}", "cannot be read", 11),
        ("{{input}}", "leads nowhere", 3),
        ("{{workspace}}", "leads nowhere", 3),
        ("{{context.who}}", "context has contactId, flowId, flowRunId, stepId, variables", 3),
        ("{{context.contact_id}}", "is not known", 3),
        ("{{context.contactId.x}}", "leads too far", 3),
        ("{{context[0]}}", "is not known", 3),
        ("{{workspace.key}}", "workspace has id, name, phoneRegion", 3),
        ("{{input.x | trim | trim | trim | trim | trim | trim}}", "more than 5 filters", 52),
        ('{{input.x ?? "y}}', "does not end in the placeholder", 1),
        ("{{input.x ?? " + "[" * 33 + "]" * 33 + "}}", "too many brackets", 3),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_character(text: str, why: str, character: int) -> None:
    with pytest.raises(TemplateError) as caught:
        parse_template(text)
    message = str(caught.value)
    assert why in message
    assert f"at character {character}" in message


def test_what_is_documented_can_be_named() -> None:
    for root, parts in ROOTS.items():
        for name in parts:
            assert parse_template("{{" + f"{root}.{name}" + "}}").lone is not None
    for kind in FILTERS.values():
        arguments = '("iso", "UTC")' if kind.parameters else ""
        assert parse_template("{{input.x | " + kind.name + arguments + "}}").lone is not None


def test_a_placeholder_ends_at_braces_of_its_own() -> None:
    text = 'a {{input.x ?? "}}"}} b {{input.y ?? {"a": {}}}} c {{input.z}}'
    assert [text[start:stop] for start, stop in placeholders(text)] == [
        '{{input.x ?? "}}"}}',
        '{{input.y ?? {"a": {}}}}',
        "{{input.z}}",
    ]
