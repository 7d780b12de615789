"""A set of mappings, made ready once for all results that ask for it."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec

from connectors_shared.contract.contact import FieldMapping, Reading, TargetType
from connectors_shared.contract.updates import MappingReason
from connectors_shared.definition.mappings.terms import Terms, read_terms
from field_mapper.model import USUAL, Way
from field_mapper.selection import ABSENT, selector
from field_mapper.verdicts import Target

MAX_MAPPINGS: Final = 200
"""Of a result."""
KNOWN_TERMS: Final = 4096
Wrong = tuple[MappingReason, str]
BEYOND: Final[Wrong] = (MappingReason.LIMIT, f"a result has at most {MAX_MAPPINGS} mappings")


class Planned(msgspec.Struct, frozen=True):
    """A mapping. `wrong`: the first thing that is wrong with its terms. `select`: see `selection.selector`."""

    mapping: FieldMapping
    way: Way
    target: Target
    wrong: Wrong | None
    select: Callable[[Any], Any]


def plan_of(mappings: Sequence[FieldMapping]) -> tuple[Planned, ...]:
    """Of all of them; those beyond MAX_MAPPINGS cost next to nothing."""
    return (*map(_planned, mappings[:MAX_MAPPINGS]), *map(_beyond, mappings[MAX_MAPPINGS:]))


def _planned(mapping: FieldMapping) -> Planned:
    terms, wrong = _read_terms(
        *(mapping.target_type, mapping.target_field, mapping.several, mapping.separator),
        *(mapping.on_error, mapping.clear, mapping.tags, mapping.reading),
    )
    select = selector(mapping.source_path, terms.several, terms.separator)
    return Planned(mapping, Way(mapping, terms), (mapping.target_type, mapping.target_field), wrong, select)


def _beyond(mapping: FieldMapping) -> Planned:
    return Planned(mapping, Way(mapping, USUAL), (mapping.target_type, mapping.target_field), BEYOND, _nothing)


def _nothing(_document: Any) -> Any:
    return ABSENT


@lru_cache(maxsize=KNOWN_TERMS)
def _read_terms(
    target_type: TargetType,
    target_field: str,
    several: str,
    separator: str,
    on_error: str,
    clear: str,
    tags: str,
    reading: Reading | None,
) -> tuple[Terms, tuple[MappingReason, str] | None]:
    """And the first thing that is wrong with them."""
    told: list[tuple[MappingReason, str]] = []

    def refuse(pointer: str, detail: str) -> None:
        if pointer == "/targetField":
            told.append((MappingReason.UNKNOWN_FIELD, detail))
        else:
            told.append((MappingReason.TERMS, f"{pointer[1:]} {detail}"))

    mapping = FieldMapping.model_construct(
        source_path="",
        target_field=target_field,
        target_type=target_type,
        several=several,
        separator=separator,
        on_error=on_error,
        clear=clear,
        tags=tags,
        reading=reading,
    )
    terms = read_terms(mapping, refuse)
    return terms, told[0] if told else None
