"""A row of a file as a proposal, or what is wrong with its cells."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

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
from field_mapper.imports.sheets import Row
from field_mapper.model import EXTERNAL_ID, Origin, Proposal, own_id
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


@dataclass(frozen=True, slots=True)
class ImportOrigin(Origin):
    """Of what a file brought."""

    by: str = ""
    import_id: UUID | None = None

    def to_json(self) -> dict[str, Any]:
        return {"at": self.written_at.isoformat(), "by": self.by, "import": str(self.import_id)}


@dataclass(slots=True)
class ImportedRow(Proposal):
    """What a row wants written. `custom` holds cells until `fit` knows their fields."""

    row: int = 0
    imported: Importing | None = None
    id_column: int | None = None
    places: dict[str, int] = field(default_factory=dict)
    """Custom field → column."""
    cells: dict[str, str] = field(default_factory=dict)
    errors: list[CellError] = field(default_factory=list)

    def origin(self) -> Origin:
        assert self.imported is not None
        return ImportOrigin(self.written_at, by=self.imported.by, import_id=self.imported.id)

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


def rows_of(rows: Iterable[Row], importing: Importing, coerce: UserFieldCoercion, now: datetime) -> list[ImportedRow]:
    """A proposal for each; those with `errors` are not to be written."""
    return [_row(number, cells, importing, coerce, now) for number, cells in rows]


def _row(
    number: int, cells: Sequence[str], importing: Importing, coerce: UserFieldCoercion, now: datetime
) -> ImportedRow:
    proposal = ImportedRow(
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
        row=number,
        imported=importing,
    )
    if len(cells) > importing.columns:
        proposal.wrong(None, MappingReason.LIMIT, TOO_MANY_CELLS)
        return proposal
    for column in importing.plan.columns:
        cell = unguarded(cells[column.column]).strip() if column.column < len(cells) else ""
        if cell:
            _propose(proposal, column, cell, coerce)
    return proposal


def _propose(proposal: ImportedRow, column: PlannedColumn, cell: str, coerce: UserFieldCoercion) -> None:
    try:
        if bytes_of(cell, VALUE_BYTES) > VALUE_BYTES:
            proposal.wrong(column.column, MappingReason.LIMIT, TOO_LARGE, cell)
        elif column.target_type is TargetType.CUSTOM_FIELD:
            proposal.cells[column.target_field] = proposal.custom[column.target_field] = cell
            proposal.places[column.target_field] = column.column
        elif column.target_field == CONTACT_ID:
            proposal.contact_id, proposal.id_column = _own_id(cell), column.column
        elif column.target_field == EXTERNAL_ID:
            proposal.external_id = _external_id(cell)
        else:
            value = coerce(column.target_field, list_in(cell) if column.target_field == UserField.TAGS else cell)
            if value:
                proposal.user[column.target_field] = value
    except ValueRefusedError as error:
        proposal.wrong(column.column, MappingReason.VALUE, str(error), cell)


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
