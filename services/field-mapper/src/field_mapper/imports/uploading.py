"""A file that is uploaded: to the disk as it comes, then its rows into the store, some hundred at a time."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO, ClassVar, Final, cast
from uuid import UUID, uuid4

from fastapi import Request

from connectors_shared.http.body import media_type_of
from connectors_shared.http.problems import ProblemError, UnsupportedMediaTypeError
from field_mapper.imports.port import Import, ImportStore, NewImport, NoRoomError, NotNowError
from field_mapper.imports.sheets import Delimiter, Encoding, Row, Sheet, UnreadableSheetError, open_sheet

PIECE_SECONDS: Final = 30.0
"""How long the next piece of it may take to come."""
WHOLE_SECONDS: Final = 900.0
LEAST_RATE: Final = 32 * 1024
"""Bytes a second, after `SLACK_SECONDS`: there are few places, and whoever trickles keeps one from others."""
SLACK_SECONDS: Final = 10.0
PART_ROWS: Final = 250
"""Of one transaction: so many are coerced while nothing else runs."""
PART_BYTES: Final = 1024 * 1024
"""Of the cells of a part, roughly, unless one row alone has more."""
SAMPLES: Final = 3
"""Rows that are shown with an import, wherever it is listed."""
SAMPLE_CHARACTERS: Final = 20_000
"""Of one of them, shared out among its cells."""
SAMPLE_CELL: Final = 200
"""Characters of a cell of a sample, if there are few."""
AT_ONCE: Final = 4
"""Uploads of a process, one of a workspace."""
MEDIA_TYPES: Final = ("text/csv", "text/plain", "text/tab-separated-values", "application/octet-stream")


class UnreadableFileError(ProblemError):
    status = 422
    kind = "unreadable-file"
    title = "The file cannot be read as CSV"


class UploadTooSlowError(ProblemError):
    status = 408
    kind = "body-too-slow"
    title = "The file did not come in time"
    detail = "Nothing was kept; send it again over a better connection."


class TooManyUploadsError(ProblemError):
    status = 429
    kind = "too-many-uploads"
    title = "Too many uploads at once"
    detail = "A workspace may have one under way; send it again when that has ended."
    sends: ClassVar[Mapping[str, str]] = {"Retry-After": "Seconds."}


class TooManyImportsError(ProblemError):
    status = 409
    kind = "too-many-imports"
    title = "The workspace has as many imports that are not finished as it may have"
    detail = "Start or cancel one of them."


@dataclass(frozen=True, slots=True)
class Upload:
    """Whose file it is, and what is said of it."""

    workspace_id: UUID
    by: str
    file_name: str | None
    encoding: Encoding | None
    delimiter: Delimiter | None


class Uploads:
    """Raises ProblemError; then nothing is kept. NotNowError when the import is cancelled meanwhile; it stays so."""

    def __init__(self, store: ImportStore) -> None:
        self._store = store
        self._under_way: set[UUID] = set()

    async def take(self, request: Request, upload: Upload) -> Import:
        media_type = media_type_of(request)
        if media_type not in MEDIA_TYPES:
            raise UnsupportedMediaTypeError(
                f"Send the file itself with Content-Type: text/csv, not {media_type[:100]}."
            )
        async with self._turn(upload.workspace_id):
            # On the disk: it is read twice, and may be larger than memory should hold.
            with cast(BinaryIO, tempfile.TemporaryFile()) as file:
                size = await _spooled(request, file)
                return await self._kept(file, size, upload)

    @asynccontextmanager
    async def _turn(self, workspace_id: UUID) -> AsyncIterator[None]:
        if workspace_id in self._under_way or len(self._under_way) >= AT_ONCE:
            raise TooManyUploadsError(headers={"Retry-After": "5"})
        self._under_way.add(workspace_id)
        try:
            yield
        finally:
            self._under_way.remove(workspace_id)

    async def _kept(self, file: BinaryIO, size: int, upload: Upload) -> Import:
        try:
            sheet = await asyncio.to_thread(open_sheet, file, upload.encoding, upload.delimiter)
            new = _new(sheet, size, upload)
            await self._store.begin(new)
        except UnreadableSheetError as error:
            raise UnreadableFileError(str(error)) from None
        except NoRoomError:
            raise TooManyImportsError from None
        try:
            return await self._rows_kept(new, sheet)
        except NotNowError:
            raise
        except BaseException as error:
            await self._store.drop(new.workspace_id, new.id)
            if isinstance(error, UnreadableSheetError):
                raise UnreadableFileError(str(error)) from None
            raise

    async def _rows_kept(self, new: NewImport, sheet: Sheet) -> Import:
        samples: list[list[str]] = []
        count, number = 0, 0
        parts = rows_of_parts(sheet.rows)
        while rows := await asyncio.to_thread(next, parts, None):
            samples += [_glance(cells) for _, cells in rows[: SAMPLES - len(samples)]]
            await self._store.add_part(new.workspace_id, new.id, number, rows)
            count, number = count + len(rows), number + 1
        if not count:
            raise UnreadableSheetError("There is no row after the first line, which names the columns.")
        return await self._store.finish(new.workspace_id, new.id, count, number, samples)


async def _spooled(request: Request, file: BinaryIO) -> int:
    """The bytes; how many there may be is `BodyLimit`'s."""
    size, stream, now = 0, request.stream(), asyncio.get_running_loop().time
    begun = now()
    try:
        async with asyncio.timeout(WHOLE_SECONDS):
            while True:
                async with asyncio.timeout_at(min(now() + PIECE_SECONDS, begun + SLACK_SECONDS + size / LEAST_RATE)):
                    piece = await anext(stream, None)
                if piece is None:
                    break
                file.write(piece)
                size += len(piece)
    except TimeoutError:
        raise UploadTooSlowError from None
    return size


def _new(sheet: Sheet, size: int, upload: Upload) -> NewImport:
    return NewImport(
        workspace_id=upload.workspace_id,
        id=uuid4(),
        file_name=upload.file_name,
        file_bytes=size,
        encoding=sheet.encoding,
        delimiter=sheet.delimiter,
        header=sheet.header,
        created_by=upload.by,
    )


def _glance(cells: list[str]) -> list[str]:
    most = min(SAMPLE_CELL, SAMPLE_CHARACTERS // max(1, len(cells)))
    return [cell[:most] for cell in cells]


def rows_of_parts(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """As they are stored."""
    while part := _part(rows):
        yield part


def _part(rows: Iterator[Row]) -> list[Row]:
    """The next rows; none when there are no more."""
    part: list[Row] = []
    size = 0
    for row in islice(rows, PART_ROWS):
        part.append(row)
        size += sum(map(len, row[1]))
        if size >= PART_BYTES:
            break
    return part
