"""Imports as they are kept: files, plans, progress and errors."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from connectors_shared.http.cursor import Cursor
from field_mapper.imports.plans import Counts, Plan
from field_mapper.imports.rows import CellError
from field_mapper.imports.sheets import Delimiter, Encoding, Row
from field_mapper.stages.session import ContactSession


class Status(StrEnum):
    UPLOADING = "uploading"
    UPLOADED = "uploaded"
    CHECKING = "checking"
    CHECKED = "checked"
    IMPORTING = "importing"
    DONE = "done"
    CANCELLED = "cancelled"


RUNNING = (Status.CHECKING, Status.IMPORTING)


@dataclass(frozen=True, slots=True)
class NewImport:
    workspace_id: UUID
    id: UUID
    file_name: str | None
    file_bytes: int
    encoding: Encoding
    delimiter: Delimiter
    header: list[str]
    created_by: str


@dataclass(frozen=True, slots=True)
class Import:
    """`counts`: of the run under way, or of the last one. `samples`: some rows. `next_part`: of `parts`."""

    workspace_id: UUID
    id: UUID
    status: Status
    file_name: str | None
    file_bytes: int
    encoding: Encoding
    delimiter: Delimiter
    header: list[str]
    created_by: str
    created_at: datetime
    changed_at: datetime
    samples: list[list[str]] = field(default_factory=list)
    row_count: int = 0
    parts: int = 0
    plan: Plan | None = None
    planned_by: str | None = None
    next_part: int = 0
    counts: Counts = field(default_factory=Counts)


class NoRoomError(Exception):
    """The workspace has as many imports that are not finished as it may have."""


class NotNowError(Exception):
    """What the import does now does not allow it."""

    def __init__(self, status: Status) -> None:
        super().__init__(status.value)
        self.status = status


class Turn(Protocol):
    """A part of an import that is held, in one transaction. `session` works on the contacts in it."""

    @property
    def found(self) -> Import: ...
    @property
    def session(self) -> ContactSession: ...
    async def rows(self) -> list[Row]: ...
    async def advance(self, counts: Counts, errors: Sequence[CellError]) -> Import:
        """This part is done; the import is, when it was the last."""

    async def restart(self) -> Import:
        """As if nothing of it had been done."""

    async def kept(self) -> bytes | None:
        """What a check kept for the part that is next."""

    async def keep(self, part: int, known: bytes) -> None:
        """What a check knows of the parts before that one, until it ends or begins again."""

    def attempt(self) -> AbstractAsyncContextManager[None]:
        """What is done inside is undone when anything is raised, and the transaction goes on."""


class Look(Protocol):
    """The contacts at one moment, before whatever is under way is written. Nothing of it is written, or locked."""

    @property
    def session(self) -> ContactSession: ...
    async def rows(self, part: int) -> list[Row]: ...


class ImportStore(Protocol):
    """Raises DatabaseUnavailableError, and what its driver raises."""

    async def begin(self, new: NewImport) -> None:
        """Raises NoRoomError."""

    async def add_part(self, workspace_id: UUID, import_id: UUID, number: int, rows: Sequence[Row]) -> None:
        """Raises NotNowError when it is not being uploaded, because somebody has cancelled it."""

    async def finish(
        self, workspace_id: UUID, import_id: UUID, rows: int, parts: int, samples: list[list[str]]
    ) -> Import:
        """Raises NotNowError, as `add_part`."""

    async def drop(self, workspace_id: UUID, import_id: UUID) -> None: ...
    async def get(self, workspace_id: UUID, import_id: UUID) -> Import | None: ...
    async def page(self, workspace_id: UUID, before: Cursor | None, most: int) -> list[Import]: ...
    async def begin_run(
        self, workspace_id: UUID, import_id: UUID, status: Status, plan: Plan, by: str
    ) -> Import | None:
        """Raises NotNowError."""

    async def cancel(self, workspace_id: UUID, import_id: UUID) -> Import | None:
        """Raises NotNowError when it is done. One that is checked goes back to before, one that is imported ends;
        one that is cancelled stays as it is.
        """

    async def errors(
        self, workspace_id: UUID, import_id: UUID, after: tuple[int, int], most: int
    ) -> list[CellError]: ...
    async def claim(self, lease: UUID) -> tuple[UUID, UUID] | None:
        """Workspace and id of one that is to go on; it is held by the lease, which a turn makes longer."""

    def turn(self, workspace_id: UUID, import_id: UUID, lease: UUID) -> AbstractAsyncContextManager[Turn | None]:
        """None when it is not held any more, or has ended."""

    def look(self, workspace_id: UUID, import_id: UUID) -> AbstractAsyncContextManager[Look]: ...
    async def release(self, workspace_id: UUID, import_id: UUID, lease: UUID) -> None: ...
