"""Schemas that are inferred from samples, and what of them breaks who reads an output."""

from typing import Any

import pytest

from connector_registry.schemas.comparison import schema_changes
from connector_registry.schemas.inference import MOST_ITEMS, MOST_LEVELS, infer_schema


def test_samples_are_merged() -> None:
    schema, is_partial = infer_schema([{"a": 1, "b": "x"}, {"a": 1.5, "c": [1, "y"]}, {"a": None, "b": "z"}])
    assert not is_partial
    assert schema["required"] == ["a"]
    assert schema["properties"]["a"] == {"type": ["null", "number"]}
    assert schema["properties"]["c"]["items"] == {"type": ["integer", "string"]}


@pytest.mark.parametrize("value", [None, "text", 2**80, [], {}, [[]], True])
def test_whatever_json_has_can_be_inferred(value: Any) -> None:
    schema, _ = infer_schema([value])
    assert schema["$schema"].startswith("http")


def test_what_is_too_large_is_looked_at_in_part() -> None:
    deep: Any = 1
    for _ in range(10 * MOST_LEVELS):
        deep = [deep]
    assert infer_schema([deep])[1]
    assert infer_schema([list(range(MOST_ITEMS + 1))])[1]
    assert infer_schema([{str(name): {"x": name} for name in range(50_000)}])[1]


def changes(saved: Any, *samples: Any) -> set[tuple[str, str, bool]]:
    found = schema_changes(saved, infer_schema(samples)[0])
    return {(one.pointer, one.kind, one.breaking) for one in found}


SAVED = infer_schema([{"name": "Jose", "age": 1, "tags": [{"id": 1}], "deep": {"a": 1}}])[0]


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        ([{"name": "Ann", "age": 2, "tags": [{"id": 7}], "deep": {"a": 2}}], set()),
        ([{"age": 1, "tags": [{"id": 1}], "deep": {"a": 1}}], {("/name", "removed", True)}),
        ([{"name": 5, "age": 1, "tags": [{"id": 1}], "deep": {"a": 1}}], {("/name", "type", True)}),
        ([{"name": None, "age": 1, "tags": [{"id": 1}], "deep": {"a": 1}}], {("/name", "type", True)}),
        ([{"name": "x", "age": 1, "tags": [{"id": "1"}], "deep": {"a": 1}}], {("/tags/*/id", "type", True)}),
        (
            [
                {"name": "x", "age": 1, "tags": [{"id": 1}], "deep": {"a": 1}, "new": 1},
                {"name": "x", "age": 1.5, "tags": [], "deep": {}},
            ],
            {("/age", "type", True), ("/deep/a", "optional", True), ("/new", "added", False)},
        ),
        ([[1]], {("/", "type", True)}),
    ],
)
def test_breaking_changes_are_named(samples: list[Any], expected: set[Any]) -> None:
    assert changes(SAVED, *samples) == expected


def test_fewer_types_than_before_break_nobody() -> None:
    saved = {"type": "object", "properties": {"a": {"type": ["null", "number"]}}}
    assert changes(saved, {"a": 1}) == {("/a", "type", False), ("/a", "required", False)}


@pytest.mark.parametrize("saved", [{}, {"type": 5}, {"properties": []}, {"anyOf": ["x"]}, {"items": "x"}, {"type": []}])
def test_a_saved_schema_of_another_kind_is_taken_as_it_is(saved: Any) -> None:
    schema_changes(saved, infer_schema([{"a": 1}])[0])


def test_of_very_many_changes_the_first_are_told() -> None:
    saved = infer_schema([{str(name): 1 for name in range(1_000)}])[0]
    assert len(schema_changes(saved, infer_schema([{}])[0])) == 200
