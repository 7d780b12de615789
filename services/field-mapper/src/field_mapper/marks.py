"""What a contact is found by of which it has several: tags, and the connectors that last wrote a user field of it."""

from collections.abc import Mapping
from typing import Any, Final

from connectors_shared.contract.contact import UserField
from field_mapper.words import in_lower_case

MARK_CHARACTERS: Final = 200
"""As `filter_key` in Postgres has it: what is the same until there is one mark."""


def marks_of(user: Mapping[str, Any], origins: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
    """Of a contact's user fields, and of who wrote them."""
    connectors = {origin["connector"] for origin in origins.values() if "connector" in origin}
    return frozenset((*map(tag_mark, user.get(UserField.TAGS) or ()), *map(connector_mark, connectors)))


def tag_mark(tag: str) -> str:
    return in_lower_case(f"tag:{tag}"[:MARK_CHARACTERS])


def connector_mark(connector_id: object) -> str:
    return f"connector:{connector_id}"
