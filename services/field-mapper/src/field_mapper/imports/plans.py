"""What an import is to do: which column goes where, and what may happen to the contacts."""

from typing import Final, Literal

import msgspec

from connectors_shared.contract.contact import MappingOptions, TargetType

MatchKey = Literal["email", "phone"]
MATCH_KEYS: Final[tuple[MatchKey, ...]] = ("email", "phone")


class PlannedColumn(msgspec.Struct, frozen=True):
    """`column`: its place in the file, from 0."""

    column: int
    target_type: TargetType
    target_field: str


class Plan(msgspec.Struct, frozen=True):
    """As it is stored with the import. `match_by`: by which fields a contact is found that has neither an id
    nor a name in another system, the first way first.
    """

    columns: tuple[PlannedColumn, ...]
    match_by: tuple[MatchKey, ...] = MATCH_KEYS
    create_if_not_exists: bool = True
    update_existing: bool = True
    overwrite_existing: bool = True

    @property
    def options(self) -> MappingOptions:
        return MappingOptions(
            create_if_not_exists=self.create_if_not_exists,
            update_existing=self.update_existing,
            overwrite_existing=self.overwrite_existing,
        )


class Counts(msgspec.Struct):
    """Rows that became each. `skipped`: the options left them alone. `errors`: wrong cells, of those refused."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    refused: int = 0
    errors: int = 0

    @property
    def rows(self) -> int:
        return self.created + self.updated + self.unchanged + self.skipped + self.refused

    def add(self, other: "Counts") -> None:
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))
