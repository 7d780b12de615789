"""Contacts from a CSV file: uploaded, checked without writing, imported by a job; and what is wrong, row by row."""

from collections.abc import AsyncIterator, Callable
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse

from connectors_shared.http.access import Access
from connectors_shared.http.body import body_of
from connectors_shared.http.body_limit import MAX_UPLOAD_BYTES
from connectors_shared.http.cursor import Cursor, cut, parse_cursor
from connectors_shared.http.openapi import file_body, request_body
from connectors_shared.http.principal import Principal, Scope
from connectors_shared.http.problems import (
    FieldProblem,
    InvalidRequestError,
    ProblemError,
    StoreUnavailableError,
    TooLargeError,
    UnsupportedMediaTypeError,
    problem_responses,
)
from field_mapper.imports.cells import csv_of, guarded
from field_mapper.imports.port import Import, ImportStore, NotNowError, Status
from field_mapper.imports.rows import CellError
from field_mapper.imports.sheets import Delimiter, Encoding
from field_mapper.imports.uploading import (
    TooManyImportsError,
    TooManyUploadsError,
    UnreadableFileError,
    Upload,
    Uploads,
    UploadTooSlowError,
)
from field_mapper.inbound.http.import_shapes import (
    CheckedImport,
    ContactImport,
    ImportErrors,
    ImportPage,
    ImportPlan,
    plan_of,
    shape_of_error,
    shape_of_import,
)
from field_mapper.outbound.fields import CustomFields

PATH: Final = "/api/contact-imports"
UPLOADS: Final = (PATH,)
"""Paths whose POST takes a file."""
SHOWN_ERRORS: Final = 100
ERRORS_AT_ONCE: Final = 1_000
FILE: Final = file_body(
    "text/csv",
    f"The file itself, at most {MAX_UPLOAD_BYTES // 1024 // 1024} MiB; its first line names the columns.",
)


class ImportNotFoundError(ProblemError):
    status = 404
    kind = "import-not-found"
    title = "There is no such import"
    detail = "It was never made, or is forgotten: one that is not started after a day, one that has ended after thirty."


class ImportNotReadyError(ProblemError):
    status = 409
    kind = "import-not-ready"
    title = "The import cannot do that now"


def imports_router(access: Access, wake: Callable[[Request], None]) -> APIRouter:
    """Routes that find the imports in `app.state.imports`. `wake`: there is something to do for the job."""
    router = APIRouter(prefix=PATH, tags=["contact imports"], responses=problem_responses(StoreUnavailableError))
    writer = access.requires(Scope.CONTACTS_EDIT)
    planned = Depends(body_of(ImportPlan))

    def store_of(request: Request) -> ImportStore:
        found: ImportStore = request.app.state.imports
        return found

    async def existing(request: Request, principal: Principal, import_id: UUID) -> Import:
        found = await store_of(request).get(principal.workspace_id, import_id)
        if found is None:
            raise ImportNotFoundError
        return found

    async def shape(request: Request, found: Import) -> ContactImport:
        return ContactImport.model_validate(shape_of_import(found, await _custom_fields(request, found.workspace_id)))

    async def run(
        request: Request, principal: Principal, import_id: UUID, body: ImportPlan, status: Status
    ) -> ContactImport:
        plan = plan_of(body, (await existing(request, principal, import_id)).header)
        try:
            found = await store_of(request).begin_run(
                principal.workspace_id, import_id, status, plan, principal.user_id
            )
        except NotNowError as error:
            raise _not_now(error) from None
        if found is None:
            raise ImportNotFoundError
        wake(request)
        return await shape(request, found)

    @router.post(
        "",
        status_code=201,
        responses=problem_responses(
            *(UnreadableFileError, UploadTooSlowError, TooManyUploadsError, TooManyImportsError),
            *(ImportNotReadyError, TooLargeError, UnsupportedMediaTypeError),
        ),
        openapi_extra=FILE,
    )
    async def upload_contact_import(
        request: Request,
        principal: Principal = writer,
        encoding: Encoding | None = None,
        delimiter: Delimiter | None = None,
        file_name: Annotated[str | None, Query(min_length=1, max_length=200)] = None,
    ) -> ContactImport:
        """Nothing is written yet. What is not said of the file is found out: UTF-8, or UTF-16 by its mark; the
        delimiter that stands most often in the first line. The answer says what each column probably is.
        """
        uploads: Uploads = request.app.state.uploads
        upload = Upload(principal.workspace_id, principal.user_id, file_name, encoding, delimiter)
        try:
            found = await uploads.take(request, upload)
        except NotNowError as error:
            raise _not_now(error) from None
        return await shape(request, found)

    @router.get("")
    async def list_contact_imports(
        request: Request,
        principal: Principal = writer,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        cursor: str | None = None,
    ) -> ImportPage:
        found = await store_of(request).page(principal.workspace_id, parse_cursor(cursor), limit + 1)
        custom = await _custom_fields(request, principal.workspace_id)
        shown, following = cut(found, limit, lambda each: Cursor(each.created_at, each.id))
        imports = [ContactImport.model_validate(shape_of_import(each, custom)) for each in shown]
        return ImportPage(imports=imports, next_cursor=following)

    @router.get("/{import_id}", responses=problem_responses(ImportNotFoundError))
    async def get_contact_import(request: Request, import_id: UUID, principal: Principal = writer) -> CheckedImport:
        """Its progress, and the first errors."""
        found = await existing(request, principal, import_id)
        errors = await store_of(request).errors(principal.workspace_id, import_id, (0, -2), SHOWN_ERRORS)
        told = shape_of_import(found, await _custom_fields(request, principal.workspace_id))
        return CheckedImport.model_validate(told | {"errors": [shape_of_error(each, found.header) for each in errors]})

    @router.post(
        "/{import_id}/check",
        status_code=202,
        responses=problem_responses(ImportNotFoundError, ImportNotReadyError),
        openapi_extra=request_body(ImportPlan),
    )
    async def check_contact_import(
        request: Request, import_id: UUID, principal: Principal = writer, body: ImportPlan = planned
    ) -> ContactImport:
        """Counts what would be created, updated, left alone and refused, and writes nothing: ask for the import until
        it is `checked`.
        """
        return await run(request, principal, import_id, body, Status.CHECKING)

    @router.post(
        "/{import_id}/start",
        status_code=202,
        responses=problem_responses(ImportNotFoundError, ImportNotReadyError),
        openapi_extra=request_body(ImportPlan),
    )
    async def start_contact_import(
        request: Request, import_id: UUID, principal: Principal = writer, body: ImportPlan = planned
    ) -> ContactImport:
        """Each row is written once, whatever ends a process meanwhile; one with a wrong cell is left out."""
        return await run(request, principal, import_id, body, Status.IMPORTING)

    @router.post("/{import_id}/cancel", responses=problem_responses(ImportNotFoundError, ImportNotReadyError))
    async def cancel_contact_import(request: Request, import_id: UUID, principal: Principal = writer) -> ContactImport:
        """A check ends, and the file stays. An import ends where it is: what it has written stays, the file goes."""
        try:
            found = await store_of(request).cancel(principal.workspace_id, import_id)
        except NotNowError as error:
            raise _not_now(error) from None
        if found is None:
            raise ImportNotFoundError
        return await shape(request, found)

    @router.get("/{import_id}/errors", responses=problem_responses(ImportNotFoundError))
    async def list_import_errors(
        request: Request,
        import_id: UUID,
        principal: Principal = writer,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        cursor: Annotated[str | None, Query(max_length=40)] = None,
    ) -> ImportErrors:
        found = await existing(request, principal, import_id)
        errors = await store_of(request).errors(principal.workspace_id, import_id, _place(cursor), limit + 1)
        shown = errors[:limit]
        return ImportErrors(
            errors=[shape_of_error(each, found.header) for each in shown],
            next_cursor=_cursor(shown[-1]) if len(errors) > limit else None,
        )

    @router.get(
        "/{import_id}/errors.csv",
        response_class=StreamingResponse,
        responses=problem_responses(ImportNotFoundError)
        | {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
    )
    async def download_import_errors(
        request: Request, import_id: UUID, principal: Principal = writer
    ) -> StreamingResponse:
        found = await existing(request, principal, import_id)
        lines = _error_lines(store_of(request), found)
        headers = {"Content-Disposition": 'attachment; filename="import-errors.csv"'}
        return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)

    return router


async def _custom_fields(request: Request, workspace_id: UUID) -> dict[str, str | None]:
    """Name → label."""
    fields: CustomFields = request.app.state.fields
    return {field.name: field.label for field in await fields.all(workspace_id)}


async def _error_lines(store: ImportStore, found: Import) -> AsyncIterator[bytes]:
    yield csv_of([["row", "column", "value", "reason", "what to change"]])
    after = (0, -2)
    while errors := await store.errors(found.workspace_id, found.id, after, ERRORS_AT_ONCE):
        yield csv_of(_cells(each, found.header) for each in errors)
        after = _after(errors[-1])


def _cells(error: CellError, header: list[str]) -> list[str]:
    told = shape_of_error(error, header)
    return [str(error.row), guarded(told.name or ""), guarded(error.cell), told.reason, guarded(error.detail)]


def _after(error: CellError) -> tuple[int, int]:
    return error.row, -1 if error.column is None else error.column


def _cursor(error: CellError) -> str:
    row, place = _after(error)
    return f"{row}.{place + 1}"


def _place(cursor: str | None) -> tuple[int, int]:
    if cursor is None:
        return 0, -2
    row, _, place = cursor.partition(".")
    if not (row.isascii() and row.isdecimal() and place.isascii() and place.isdecimal() and len(cursor) <= 16):
        raise InvalidRequestError([FieldProblem(pointer="/cursor", detail="Use the next_cursor of the page before.")])
    return min(int(row), 2**31 - 1), min(int(place), 2**31 - 1) - 1


def _not_now(error: NotNowError) -> ImportNotReadyError:
    return ImportNotReadyError(f"It is {error.status.value}. Wait for it, cancel it, or upload the file again.")
