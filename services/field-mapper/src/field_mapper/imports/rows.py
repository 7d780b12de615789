"""A row of a file as a proposal, or what is wrong with its cells."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec import field
from msgspec.structs import replace

from connectors_shared.contract.contact import TargetType, UserField
from connectors_shared.contract.execution import ExecutionContext
from connectors_shared.contract.updates import MappingReason
from connectors_shared.definition.mappings.terms import ReadAs
from field_mapper.coercion import (
    CustomFieldType,
    FieldDefinition,
    UserFieldCoercion,
    ValueRefusedError,
    bytes_of,
    is_storable,
)
from field_mapper.imports.cells import json_in, list_in, unguarded
from field_mapper.imports.columns import CONTACT_ID
from field_mapper.imports.plans import Plan, PlannedColumn
from field_mapper.model import EXTERNAL_ID, Proposal, own_id
from field_mapper.stages.merge import NO_ROOM
from field_mapper.stages.propose import VALUE_BYTES

MOST_NAME: Final = 200
TOO_LARGE: Final = f"the value takes more than {VALUE_BYTES // 1024} KiB; shorten it"
NO_ID: Final = "an id is written in 36 characters, as an export writes it; leave the cell empty for a new contact"
NO_NAME: Final = f"a name in another system has 1 to {MOST_NAME} printable characters"
TOO_MANY_CELLS: Final = "the row has more cells than the header; put quotes around a cell that holds the delimiter"
SHOWN: Final = 200
"""Characters of a cell that is wrong."""
NOBODY: Final = UUID(int=0)
SURELY_FITS: Final = VALUE_BYTES // 6 - 2
"""Characters, each of which takes six bytes at most."""


@dataclass(frozen=True, slots=True)
class CellError:
    """What is wrong in a row. `column` is its place, from 0; None when it is about the row."""

    row: int
    column: int | None
    reason: MappingReason
    detail: str
    cell: str = ""


@dataclass(frozen=True, slots=True)
class Importing:
    """An import as its rows need it. `by`: who started it."""

    workspace_id: UUID
    id: UUID
    by: str
    columns: int
    plan: Plan


class ImportedRow(Proposal):
    """What a row wants written. `custom` holds cells until `fit` knows their fields. `whose`: the origin of its values.
    `places`: custom field → column."""

    row: int = 0
    whose: dict[str, Any] = field(default_factory=dict)
    id_column: int | None = None
    places: Mapping[str, int] = field(default_factory=dict)
    cells: dict[str, str] = field(default_factory=dict)
    errors: list[CellError] = field(default_factory=list)

    def origin(self) -> dict[str, Any]:
        """Of what the file brought, the same for all rows."""
        return self.whose

    def fit(self, definitions: Mapping[str, FieldDefinition]) -> bool:
        """Cells of custom fields become values; whether all of them fit."""
        for name, cell in self.cells.items():
            try:
                self.custom[name] = _custom_value(definitions.get(name), cell, self.region)
            except ValueRefusedError as error:
                self.wrong(self.places[name], MappingReason.VALUE, str(error), cell)
        return not self.errors

    def wrong(self, column: int | None, reason: MappingReason, detail: str, cell: str = "") -> None:
        self.errors.append(CellError(self.row, column, reason, detail, cell[:SHOWN]))


Propose = Callable[[ImportedRow, str], None]
"""What a cell wants written. Raises ValueRefusedError."""


class Sheet:
    """Makes a proposal of each row; one with `errors` is not to be written. What is the same for all is made once."""

    def __init__(self, importing: Importing, coerce: UserFieldCoercion, now: datetime) -> None:
        columns = importing.plan.columns
        self._most = importing.columns
        self._columns = [(column.column, _proposing(column, coerce)) for column in columns]
        self._blank = ImportedRow(
            execution_id=importing.id,
            workspace_id=importing.workspace_id,
            connector_id=NOBODY,
            connector_version=None,
            context=ExecutionContext(),
            options=importing.plan.options,
            written_at=now,
            match_by=importing.plan.match_by,
            region=coerce.region,
            by_person=True,
            whose={"at": now.isoformat(), "by": importing.by, "import": str(importing.id)},
            places={each.target_field: each.column for each in columns if each.target_type is TargetType.CUSTOM_FIELD},
        )

    def row(self, number: int, cells: Sequence[str]) -> ImportedRow:
        proposal = replace(self._blank, row=number, user={}, custom={}, cells={}, verdicts={}, errors=[])
        if len(cells) > self._most:
            proposal.wrong(None, MappingReason.LIMIT, TOO_MANY_CELLS)
            return proposal
        there = len(cells)
        for place, propose in self._columns:
            cell = unguarded(cells[place]).strip() if place < there else ""
            if not cell:
                continue
            if len(cell) > SURELY_FITS and bytes_of(cell, VALUE_BYTES) > VALUE_BYTES:
                proposal.wrong(place, MappingReason.LIMIT, TOO_LARGE, cell)
                continue
            try:
                propose(proposal, cell)
            except ValueRefusedError as error:
                proposal.wrong(place, MappingReason.VALUE, str(error), cell)
        return proposal


def _proposing(column: PlannedColumn, coerce: UserFieldCoercion) -> Propose:
    """How a cell of this column is taken."""
    name = column.target_field

    def custom(proposal: ImportedRow, cell: str) -> None:
        proposal.cells[name] = proposal.custom[name] = cell

    def own(proposal: ImportedRow, cell: str) -> None:
        proposal.contact_id, proposal.id_column = _own_id(cell), column.column

    def external(proposal: ImportedRow, cell: str) -> None:
        proposal.external_id = _external_id(cell)

    def user(proposal: ImportedRow, cell: str) -> None:
        if value := coerce(name, list_in(cell) if name == UserField.TAGS else cell):
            proposal.user[name] = value

    if column.target_type is TargetType.CUSTOM_FIELD:
        return custom
    return {CONTACT_ID: own, EXTERNAL_ID: external}.get(name, user)


def _own_id(cell: str) -> UUID:
    found = own_id(cell.lower())
    if found is None:
        raise ValueRefusedError(NO_ID)
    return found


def _external_id(cell: str) -> str:
    if len(cell) > MOST_NAME or not is_storable(cell) or not cell.isprintable():
        raise ValueRefusedError(NO_NAME)
    return cell


def _custom_value(definition: FieldDefinition | None, cell: str, region: str | None) -> Any:
    """Raises ValueRefusedError."""
    if definition is None:
        raise ValueRefusedError(NO_ROOM)
    if definition.type is CustomFieldType.JSON:
        return definition.fit(json_in(cell))
    if definition.type is CustomFieldType.PHONE:
        return definition.fit(cell, ReadAs(region))
    return definition.fit(list_in(cell) if definition.type is CustomFieldType.TAGS else cell)
