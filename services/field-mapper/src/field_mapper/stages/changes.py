"""What a change of a contact replaced and wrote: its history, and what it is taken back with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from field_mapper.model import EXTERNAL_ID, Contact, ContactRef, CustomValue


class Changes(msgspec.Struct):
    """`user` (with `external_id`) and `custom`: name → {from, to, origin}, of custom fields `type` too; `origin`
    and `type` are those of `from`, and absent when nobody had written the field. Most fields share an origin, so it is
    a place in `origins`.

    `large`: custom fields whose `from` has to be copied from where it is stored, before it is replaced.
    """

    user: dict[str, dict[str, Any]] = {}
    custom: dict[str, dict[str, Any]] = {}
    origins: list[Mapping[str, Any]] = []
    large: list[str] = []
    _places: dict[tuple[Any, ...], int] = {}

    def __bool__(self) -> bool:
        return bool(self.user or self.custom)

    def set_user(self, contact: Contact, name: str, value: Any, origin: dict[str, Any] | None) -> None:
        """Write it, and note what was there, which is what was there before the first of these changes."""
        change = self.user.get(name)
        if change is None:
            there, whose = contact.user.get(name), contact.origins.get(name)
            change = self.user[name] = {} if there is None and whose is None else self._before(there, whose)
        change["to"] = value
        contact.set_user(name, value, origin)

    def set_external_id(self, contact: Contact, name: str | None, origin: dict[str, Any] | None) -> None:
        """The same."""
        change = self.user.get(EXTERNAL_ID)
        if change is None:
            there = self._before(contact.external_id, contact.origins.get(EXTERNAL_ID))
            change = self.user[EXTERNAL_ID] = there
        change["to"] = name
        contact.set_external_id(name, origin)

    def set_custom(self, contact: Contact, name: str, value: CustomValue | None) -> None:
        """The same; None when it is to be as if nobody had ever written it."""
        change = self.custom.get(name)
        if change is None:
            change = self.custom[name] = self._custom_before(name, contact.custom.get(name))
        change["to"] = value.value if value else None
        contact.set_custom(name, value)

    def _custom_before(self, name: str, before: CustomValue | None) -> dict[str, Any]:
        if before is None:
            return {}
        if before.large:
            self.large.append(name)
        there = self._before(None if before.large else before.value, before.origin)
        there["type"] = before.type.value
        return there

    def _before(self, value: Any, origin: Mapping[str, Any] | None) -> dict[str, Any]:
        there: dict[str, Any] = {}
        if value is not None:
            there["from"] = value
        if origin is not None:
            there["origin"] = self._place_of(origin)
        return there

    def without_what_was_written(self) -> None:
        """It can be as large as a result."""
        for change in (*self.user.values(), *self.custom.values()):
            del change["to"]

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {"user": self.user, "custom": self.custom, "origins": self.origins}

    def _place_of(self, origin: Mapping[str, Any]) -> int:
        if self.origins and origin == self.origins[-1]:
            return len(self.origins) - 1
        place = self._places.setdefault((origin.get("execution"), origin["at"], origin.get("by")), len(self.origins))
        if place == len(self.origins):
            self.origins.append(origin)
        return place


@dataclass(frozen=True, slots=True)
class Edit:
    """What a person changed, or took back: `undoes` is the execution; or what a file brought that a person imported.
    `created`: the contact is new.
    """

    contact: ContactRef
    sequence: int
    by: str
    changes: Changes
    created: bool = False
    undoes: UUID | None = None
    import_id: UUID | None = None
