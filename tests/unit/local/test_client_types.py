"""Schemas of OpenAPI as TypeScript says them."""

from typing import Any

import pytest

from connectors_local.client_types import client_types


def type_of(schema: dict[str, Any]) -> str:
    told = client_types({"components": {"schemas": {"X": schema}}}, "x.json")
    return told.partition("export type X = ")[2].removesuffix(";\n")


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({}, "unknown"),
        ({"type": "integer"}, "number"),
        ({"$ref": "#/components/schemas/Field-Input"}, "FieldInput"),
        ({"enum": ["a", "b"]}, '"a" | "b"'),
        ({"const": 1}, "1"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string | null"),
        ({"allOf": [{"$ref": "#/a/A"}, {"$ref": "#/a/B"}]}, "A & B"),
        ({"type": ["string", "null"]}, "string | null"),
        ({"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "number"}]}}, "(string | number)[]"),
        ({"type": "array", "items": {"type": "string"}}, "string[]"),
        ({"type": "object"}, "Record<string, unknown>"),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "Record<string, string>"),
        (
            {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}, "b-c": {"type": "boolean"}}},
            '{\n  a: string;\n  "b-c"?: boolean;\n}',
        ),
    ],
)
def test_each_kind_of_schema_is_a_type(schema: dict[str, Any], told: str) -> None:
    assert type_of(schema) == told


def test_what_a_schema_is_said_to_be_stands_above_it() -> None:
    schemas = {"X": {"type": "string", "description": "One */ line.\nTwo."}}
    told = client_types({"components": {"schemas": schemas}}, "x.json")
    assert told.startswith("// Written from x.json ")
    assert "/** One  line. */\nexport type X = string;" in told
