"""What a new schema of an output changes for those who read it: flows, and mappings onto contacts.

Breaking is what may make them find nothing, or something of another type: a field that is gone, that may be absent
now, or that may be of a type it was not. What is more than before breaks nobody.
"""

from collections.abc import Iterator
from typing import Any, Final

from connectors_shared.contract.model import Message
from connectors_shared.definition.problems import Place

MOST_CHANGES: Final = 200
MOST_LEVELS: Final = 64
ANY: Final = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})
ITEMS: Final = "*"
"""In a pointer: each item of the list."""


class SchemaChange(Message):
    """`pointer` into the output, with `*` for each item of a list. `kind`: added, removed, type, optional, required."""

    pointer: str
    kind: str
    breaking: bool
    detail: str


def schema_changes(saved: dict[str, Any], inferred: dict[str, Any]) -> list[SchemaChange]:
    """Breaking ones first; at most 200."""
    found = []
    for change in _changes(saved, inferred, "", 0):
        found.append(change)
        if len(found) >= MOST_CHANGES:
            break
    return sorted(found, key=lambda change: not change.breaking)


def _changes(saved: Any, inferred: Any, place: str | Place, depth: int) -> Iterator[SchemaChange]:
    before, after = _types(saved), _types(inferred)
    if not after <= before | ({"integer"} if "number" in before else set()):
        detail = f"was {_words(before)}, and may be {_words(after)}"
        yield SchemaChange(pointer=str(place) or "/", kind="type", breaking=True, detail=detail)
    elif before != after and before != ANY:
        detail = f"was {_words(before)}, and is {_words(after)} here"
        yield SchemaChange(pointer=str(place) or "/", kind="type", breaking=False, detail=detail)
    if depth >= MOST_LEVELS:
        return
    yield from _field_changes(saved, inferred, place, depth)
    if isinstance(_part(saved, "items"), dict) and isinstance(_part(inferred, "items"), dict):
        yield from _changes(saved["items"], inferred["items"], Place(place, ITEMS), depth + 1)


def _field_changes(saved: Any, inferred: Any, place: str | Place, depth: int) -> Iterator[SchemaChange]:
    before, after = _fields(saved), _fields(inferred)
    if "object" not in _types(inferred) or not before:
        return
    for name in before:
        if name not in after:
            detail = "is not there any more"
            yield SchemaChange(pointer=str(Place(place, name)), kind="removed", breaking=True, detail=detail)
    always_before, always_after = _required(saved), _required(inferred)
    for name, schema in after.items():
        inner = Place(place, name)
        if name not in before:
            yield SchemaChange(pointer=str(inner), kind="added", breaking=False, detail="is new")
            continue
        if name in always_before - always_after:
            yield SchemaChange(pointer=str(inner), kind="optional", breaking=True, detail="may be absent now")
        elif name in always_after - always_before:
            yield SchemaChange(pointer=str(inner), kind="required", breaking=False, detail="was always there")
        yield from _changes(before[name], schema, inner, depth + 1)


def _types(schema: Any) -> frozenset[str]:
    """Those that a value may have. What the schema does not say may be anything; so may what this cannot read."""
    if not isinstance(schema, dict):
        return ANY
    named = schema.get("type")
    if isinstance(named, str):
        return frozenset({named})
    if isinstance(named, list):
        return frozenset(each for each in named if isinstance(each, str)) or ANY
    choices = schema.get("anyOf")
    if isinstance(choices, list) and choices:
        return frozenset().union(*(_types(each) for each in choices if isinstance(each, dict) and "anyOf" not in each))
    return ANY


def _part(schema: Any, name: str) -> Any:
    return schema.get(name) if isinstance(schema, dict) else None


def _fields(schema: Any) -> dict[str, Any]:
    """Of an object, also where that is one choice among others."""
    found = _part(schema, "properties")
    if isinstance(found, dict):
        return found
    choices = _part(schema, "anyOf")
    own = [each for each in choices if isinstance(each, dict)] if isinstance(choices, list) else []
    return next((each["properties"] for each in own if isinstance(each.get("properties"), dict)), {})


def _required(schema: Any) -> frozenset[str]:
    found = _part(schema, "required")
    return frozenset(each for each in found if isinstance(each, str)) if isinstance(found, list) else frozenset()


def _words(types: frozenset[str]) -> str:
    return "anything" if types == ANY else " or ".join(sorted(types))
