"""Imports in memory, on the contacts' twin. `killed_at`: turns that end as if the process had been killed."""

import asyncio
import copy
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from uuid import UUID

from connectors_shared.http.cursor import Cursor
from field_mapper.imports.plans import Counts, Plan
from field_mapper.imports.port import RUNNING, Import, Look, NewImport, NoRoomError, NotNowError, Status, Turn
from field_mapper.imports.rows import CellError
from field_mapper.imports.sheets import Row

from .builders import NOON
from .twin import InMemoryContacts, InMemorySession

MOST_UNFINISHED = 5


class KilledError(Exception):
    """The process is gone."""


@dataclass
class InMemoryImports:
    contacts: InMemoryContacts
    imports: dict[UUID, Import] = field(default_factory=dict)
    parts: dict[UUID, list[list[Row]]] = field(default_factory=dict)
    found_errors: dict[UUID, list[CellError]] = field(default_factory=dict)
    leases: dict[UUID, UUID] = field(default_factory=dict)
    checks: dict[UUID, tuple[int, bytes]] = field(default_factory=dict)
    turns: int = 0
    looks: int = 0
    killed_at: set[int] = field(default_factory=set)

    async def begin(self, new: NewImport) -> None:
        ended = (Status.DONE, Status.CANCELLED)
        if sum(each.status not in ended for each in self.imports.values()) >= MOST_UNFINISHED:
            raise NoRoomError
        self.imports[new.id] = Import(
            *(new.workspace_id, new.id, Status.UPLOADING, new.file_name, new.file_bytes, new.encoding, new.delimiter),
            *(new.header, new.created_by, NOON, NOON),
        )
        self.parts[new.id] = []

    async def add_part(self, workspace_id: UUID, import_id: UUID, number: int, rows: Sequence[Row]) -> None:
        self._check_uploading(import_id)
        assert number == len(self.parts[import_id])
        self.parts[import_id].append(list(rows))

    async def finish(
        self, workspace_id: UUID, import_id: UUID, rows: int, parts: int, samples: list[list[str]]
    ) -> Import:
        self._check_uploading(import_id)
        return self._change(import_id, status=Status.UPLOADED, row_count=rows, parts=parts, samples=samples)

    async def drop(self, workspace_id: UUID, import_id: UUID) -> None:
        del self.imports[import_id]

    async def get(self, workspace_id: UUID, import_id: UUID) -> Import | None:
        return self.imports.get(import_id)

    async def page(self, workspace_id: UUID, before: Cursor | None, most: int) -> list[Import]:
        return list(self.imports.values())[:most]

    async def begin_run(
        self, workspace_id: UUID, import_id: UUID, status: Status, plan: Plan, by: str
    ) -> Import | None:
        found = self.imports[import_id]
        if found.status not in (Status.UPLOADED, Status.CHECKED):
            raise NotNowError(found.status)
        self.found_errors[import_id] = []
        self.checks.pop(import_id, None)
        return self._change(import_id, status=status, plan=plan, planned_by=by, next_part=0, counts=Counts())

    async def cancel(self, workspace_id: UUID, import_id: UUID) -> Import | None:
        found = self.imports[import_id]
        if found.status is Status.DONE:
            raise NotNowError(found.status)
        if found.status is Status.CANCELLED:
            return found
        self.leases.pop(import_id, None)
        status = Status.UPLOADED if found.status is Status.CHECKING else Status.CANCELLED
        return self._change(import_id, status=status)

    async def errors(self, workspace_id: UUID, import_id: UUID, after: tuple[int, int], most: int) -> list[CellError]:
        def place(error: CellError) -> tuple[int, int]:
            return error.row, -1 if error.column is None else error.column

        ordered = sorted(self.found_errors.get(import_id, []), key=place)
        return [error for error in ordered if place(error) > after][:most]

    async def claim(self, lease: UUID) -> tuple[UUID, UUID] | None:
        """The one that has waited longest; who has had a turn is last."""
        for each in self.imports.values():
            if each.status in RUNNING and each.id not in self.leases:
                self.imports[each.id] = self.imports.pop(each.id)
                self.leases[each.id] = lease
                return each.workspace_id, each.id
        return None

    @asynccontextmanager
    async def turn(self, workspace_id: UUID, import_id: UUID, lease: UUID) -> AsyncIterator[Turn | None]:
        if self.leases.get(import_id) != lease or self.imports[import_id].status not in RUNNING:
            yield None
            return
        before = copy.deepcopy((self.imports, self.found_errors, self.checks))
        async with self.contacts.transaction([workspace_id]) as session:
            try:
                yield _Turn(self, import_id, session)  # type: ignore[arg-type]
                await _others_look()
                self.turns += 1
                if self.turns in self.killed_at:
                    raise KilledError
            except BaseException:
                self.imports, self.found_errors, self.checks = before
                raise
        self.between_turns()

    @asynccontextmanager
    async def look(self, workspace_id: UUID, import_id: UUID) -> AsyncIterator[Look]:
        """What is written to the copy is lost with it."""
        self.looks += 1
        yield _Look(self.parts[import_id], copy.deepcopy(self.contacts.committed))

    def between_turns(self) -> None:
        """What others do after one."""

    async def release(self, workspace_id: UUID, import_id: UUID, lease: UUID) -> None:
        if self.leases.get(import_id) == lease:
            del self.leases[import_id]

    def _check_uploading(self, import_id: UUID) -> None:
        if self.imports[import_id].status is not Status.UPLOADING:
            raise NotNowError(self.imports[import_id].status)

    def _change(self, import_id: UUID, **changes: object) -> Import:
        self.imports[import_id] = replace(self.imports[import_id], **changes)  # type: ignore[arg-type]
        return self.imports[import_id]


async def _others_look() -> None:
    """Before it is committed: whoever looks ahead does not wait for anything here."""
    for _ in range(10):
        await asyncio.sleep(0)


@dataclass
class _Look:
    parts: list[list[Row]]
    session: InMemorySession

    async def rows(self, part: int) -> list[Row]:
        return self.parts[part]


class _Turn:
    def __init__(self, store: InMemoryImports, import_id: UUID, session: InMemorySession) -> None:
        self._store = store
        self._id = import_id
        self.session = session

    @property
    def found(self) -> Import:
        return self._store.imports[self._id]

    async def rows(self) -> list[Row]:
        return self._store.parts[self._id][self.found.next_part]

    async def advance(self, counts: Counts, errors: Sequence[CellError]) -> Import:
        self._store.found_errors.setdefault(self._id, []).extend(errors)
        part, status = self.found.next_part + 1, self.found.status
        if part >= self.found.parts:
            status = Status.CHECKED if status is Status.CHECKING else Status.DONE
        return self._store._change(self._id, next_part=part, status=status, counts=copy.copy(counts))

    async def restart(self) -> Import:
        self._store.found_errors[self._id] = []
        return self._store._change(self._id, next_part=0, counts=Counts())

    async def kept(self) -> bytes | None:
        part, known = self._store.checks.get(self._id, (None, b""))
        return known if part == self.found.next_part else None

    async def keep(self, part: int, known: bytes) -> None:
        self._store.checks[self._id] = part, known

    @asynccontextmanager
    async def attempt(self) -> AsyncIterator[None]:
        before = copy.deepcopy(vars(self.session))
        try:
            yield
        except BaseException:
            vars(self.session).update(before)
            raise
