"""A JSON Schema of samples: what all of them have in common, and what each of them may have."""

from collections.abc import Iterable
from typing import Any, Final

from genson import SchemaBuilder

MOST_ITEMS: Final = 200
"""Of each list; the others are taken to be alike."""
MOST_VALUES: Final = 20_000
"""Of all samples together: more would take seconds."""
MOST_LEVELS: Final = 64


class Sampler:
    """Copies as much of values as is looked at. `is_partial`: something was left out."""

    def __init__(self) -> None:
        self._left = MOST_VALUES
        self.is_partial = False

    def copy(self, value: Any, depth: int = 0) -> Any:
        self._left -= 1
        if not isinstance(value, dict | list):
            return value
        if depth >= MOST_LEVELS:
            self.is_partial = True
            return {} if isinstance(value, dict) else []
        return self._fields(value, depth) if isinstance(value, dict) else self._items(value, depth)

    def _fields(self, value: dict[str, Any], depth: int) -> dict[str, Any]:
        return {name: self.copy(part, depth + 1) for name, part in value.items() if self._has_room()}

    def _items(self, value: list[Any], depth: int) -> list[Any]:
        self.is_partial = self.is_partial or len(value) > MOST_ITEMS
        return [self.copy(part, depth + 1) for part in value[:MOST_ITEMS] if self._has_room()]

    def _has_room(self) -> bool:
        self.is_partial = self.is_partial or self._left <= 0
        return self._left > 0


def infer_schema(samples: Iterable[Any]) -> tuple[dict[str, Any], bool]:
    """The schema, and whether the samples were too large to be looked at whole. It may take some 100 ms."""
    builder, sampler = SchemaBuilder(), Sampler()
    for sample in samples:
        builder.add_object(sampler.copy(sample))
    schema: dict[str, Any] = builder.to_schema()
    return schema, sampler.is_partial
