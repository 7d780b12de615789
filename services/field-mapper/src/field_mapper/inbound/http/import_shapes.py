"""Bodies of the imports' API."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from connectors_shared.contract.contact import USER_FIELDS, TargetType
from connectors_shared.http.problems import FieldProblem, InvalidRequestError
from field_mapper.imports.columns import IDENTITIES, suggested
from field_mapper.imports.plans import MATCH_KEYS, MatchKey, Plan, PlannedColumn
from field_mapper.imports.port import Import, Status
from field_mapper.imports.rows import CellError
from field_mapper.imports.sheets import MOST_COLUMNS, Delimiter, Encoding

MOST_NAME: Final = 200
Name = Annotated[str, Field(min_length=1, max_length=MOST_NAME)]


class ColumnTarget(BaseModel):
    """Where a column goes: one of the 18 user fields, `id` or `external_id` (as user fields), or a custom field."""

    model_config = ConfigDict(extra="forbid")

    target_field: Name
    target_type: TargetType = TargetType.USER_FIELD


class ColumnPlan(ColumnTarget):
    """`column`: its place in the file, from 0."""

    column: Annotated[int, Field(ge=0, lt=MOST_COLUMNS)]


class ImportPlan(BaseModel):
    """What to do with the file. `match_by`: by which fields a contact is found whose row has neither an `id` nor an
    `external_id`, the first way first. An empty cell changes nothing. `options` as those of mappings.
    """

    model_config = ConfigDict(extra="forbid")

    columns: Annotated[list[ColumnPlan], Field(min_length=1, max_length=MOST_COLUMNS)]
    match_by: Annotated[list[MatchKey], Field(max_length=len(MATCH_KEYS))] = list(MATCH_KEYS)
    create_if_not_exists: bool = True
    update_existing: bool = True
    overwrite_existing: bool = True


class ImportColumn(BaseModel):
    """`suggestion`: what it probably is, by its name. `samples`: the beginnings of its first cells."""

    column: int
    name: str
    suggestion: ColumnTarget | None
    samples: list[str]


class ImportCounts(BaseModel):
    """Rows. `refused` have a wrong cell and write nothing; `errors` are those cells. `skipped`: the options left the
    contact alone, or there was nothing to write.
    """

    created: int
    updated: int
    unchanged: int
    skipped: int
    refused: int
    errors: int


class RowError(BaseModel):
    """`row`: as a spreadsheet numbers it; the header is 1. `column`: its place, null when it is about the row."""

    row: int
    column: int | None
    name: str | None
    reason: str
    detail: str
    cell: str


class ContactImport(BaseModel):
    """A file, and what became of it. `counts`: of the run under way or the last one, a check's or the import's;
    `rows_done` of `row_count` rows are in them. `changed_by`: who asked for that run.
    """

    id: UUID
    status: Status
    file_name: str | None
    file_bytes: int
    encoding: Encoding
    delimiter: Delimiter
    columns: list[ImportColumn]
    row_count: int
    rows_done: int
    counts: ImportCounts
    plan: ImportPlan | None
    created_by: str
    changed_by: str | None
    created_at: datetime
    changed_at: datetime


class CheckedImport(ContactImport):
    """`errors`: the first 100."""

    errors: list[RowError]


class ImportPage(BaseModel):
    """Newest first. `next_cursor` is null on the last page."""

    imports: list[ContactImport]
    next_cursor: str | None = None


class ImportErrors(BaseModel):
    """In the order of the file."""

    errors: list[RowError]
    next_cursor: str | None = None


def plan_of(body: ImportPlan, header: list[str]) -> Plan:
    """Raises InvalidRequestError."""
    wrong = list(_wrong(body, len(header)))
    if wrong:
        raise InvalidRequestError(wrong)
    columns = tuple(PlannedColumn(one.column, one.target_type, one.target_field) for one in body.columns)
    return Plan(
        columns,
        tuple(dict.fromkeys(body.match_by)),
        body.create_if_not_exists,
        body.update_existing,
        body.overwrite_existing,
    )


def _wrong(body: ImportPlan, columns: int) -> "list[FieldProblem]":
    problems: list[FieldProblem] = []
    taken: set[tuple[TargetType, str]] = set()
    for place, one in enumerate(body.columns):
        pointer, target = f"/columns/{place}", (one.target_type, one.target_field)
        if one.column >= columns:
            problems.append(FieldProblem(pointer=f"{pointer}/column", detail=f"the file has {columns} columns, from 0"))
        if detail := _wrong_target(one):
            problems.append(FieldProblem(pointer=f"{pointer}/target_field", detail=detail))
        if target in taken:
            problems.append(FieldProblem(pointer=f"{pointer}/target_field", detail="another column goes there"))
        taken.add(target)
    return problems


def _wrong_target(one: ColumnPlan) -> str | None:
    if one.target_type is TargetType.CUSTOM_FIELD:
        printable = one.target_field.strip() and one.target_field.isprintable()
        return None if printable else "a custom field's name is printable text"
    known = one.target_field in USER_FIELDS or one.target_field in IDENTITIES
    return None if known else "is not one of the user fields, nor id or external_id"


def shape_of_import(found: Import, custom_fields: Mapping[str, str | None]) -> dict[str, object]:
    """The fields of a `ContactImport`. `custom_fields`: name → label."""
    targets = suggested(found.header, custom_fields)
    counts = ImportCounts.model_validate(found.counts, from_attributes=True)
    return {
        "id": found.id,
        "status": found.status,
        "file_name": found.file_name,
        "file_bytes": found.file_bytes,
        "encoding": found.encoding,
        "delimiter": found.delimiter,
        "columns": [
            ImportColumn(
                column=place,
                name=name,
                suggestion=_shape_of_target(targets[place]),
                samples=[sample[place] for sample in found.samples if place < len(sample)],
            )
            for place, name in enumerate(found.header)
        ],
        "row_count": found.row_count,
        "rows_done": found.counts.rows,
        "counts": counts,
        "plan": found.plan and ImportPlan.model_validate(found.plan, from_attributes=True),
        "created_by": found.created_by,
        "changed_by": found.planned_by,
        "created_at": found.created_at,
        "changed_at": found.changed_at,
    }


def shape_of_error(error: CellError, header: list[str]) -> RowError:
    name = header[error.column] if error.column is not None and error.column < len(header) else None
    return RowError(
        row=error.row, column=error.column, name=name, reason=error.reason.value, detail=error.detail, cell=error.cell
    )


def _shape_of_target(target: tuple[TargetType, str] | None) -> ColumnTarget | None:
    return target and ColumnTarget(target_type=target[0], target_field=target[1])
