"""The job of the imports: a part of a file, one transaction; again until it is done, cancelled or held by another.

What a part wrote and that it is done are one transaction, so a job that is killed goes on where it was, and each row is
written once. A check writes nothing, and begins again.
"""

from collections.abc import Callable, Collection
from typing import Final
from uuid import UUID, uuid4

from connectors_shared.contract.updates import MappingReason
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.loops import PollLoop
from field_mapper.coercion import UserFieldCoercion
from field_mapper.imports.applying import Applied, apply_rows
from field_mapper.imports.plans import Counts
from field_mapper.imports.port import RUNNING, Import, ImportStore, Status, Turn
from field_mapper.imports.rows import CellError, Importing
from field_mapper.imports.sheets import Row
from field_mapper.model import ContactKey
from field_mapper.outbound.faults import described, may_pass
from field_mapper.stages import serialized

PERIOD_SECONDS: Final = 5.0
"""After which an import is found that another process was asked for, or has left."""
TURN_SECONDS: Final = 5.0
"""How long an import goes on before the one that has waited longest has its turn."""
UNWRITABLE: Final = "this row cannot be written; look for what its cells have that those of other rows have not"

log = get_logger(__name__)


class _UndoneError(Exception):
    """What was tried is not meant to stay."""


class ImportJob:
    """One of those that run beside each other; `wake` when there is something to do."""

    def __init__(self, store: ImportStore, coercion_of: Callable[[UUID], UserFieldCoercion], clock: Clock) -> None:
        self._store = store
        self._coercion_of = coercion_of
        self._clock = clock
        self._loop = PollLoop("contact_imports", self.once, waits_for=may_pass)
        self.run = self._loop.run
        self.wake = self._loop.wake

    async def once(self) -> float:
        """One turn of one import; how long to pause after it."""
        lease = uuid4()
        claimed = await self._store.claim(lease)
        if claimed is None:
            return PERIOD_SECONDS
        try:
            await self._take_turn(*claimed, lease)
        finally:
            await self._store.release(*claimed, lease)
        return 0.0

    async def _take_turn(self, workspace_id: UUID, import_id: UUID, lease: UUID) -> None:
        ends = self._clock.monotonic() + TURN_SECONDS
        check: _Check | None = None
        while True:
            async with self._store.turn(workspace_id, import_id, lease) as turn:
                if turn is None:
                    return
                if turn.found.status is Status.IMPORTING:
                    now = await self._imported(turn)
                elif check is None and turn.found.next_part:
                    now = await turn.restart()
                else:
                    check = check or _Check()
                    now = await self._checked(turn, check)
            if now.status not in RUNNING:
                log.info("contact_import.ended", status=now.status.value, rows=now.counts.rows, parts=now.parts)
                return
            if check is None and self._clock.monotonic() >= ends:
                return

    async def _imported(self, turn: Turn) -> Import:
        applied = await self._applied(turn, await turn.rows())
        counts = turn.found.counts
        counts.add(applied.counts)
        return await turn.advance(counts, applied.errors)

    async def _checked(self, turn: Turn, check: "_Check") -> Import:
        """The same, and it is undone."""
        rows = await turn.rows()
        made: list[Applied] = []
        try:
            async with turn.attempt():
                made.append(await self._applied(turn, rows))
                raise _UndoneError
        except _UndoneError:
            pass
        [applied] = made
        check.add(applied)
        return await turn.advance(check.counts, applied.errors)

    async def _applied(self, turn: Turn, rows: list[Row]) -> Applied:
        """All at once; where one of them makes it fail, halves, until that one is alone. Whatever is wrong with it, it
        is refused: if it ended the process, it would end each process that went on with the import.
        """
        try:
            return await self._attempt(turn, rows)
        except Exception as error:
            if may_pass(error):
                raise
            if len(rows) == 1:
                log.error("contact_import.unwritable", row=rows[0][0], **described(error))
                return _refused(rows[0][0])
        middle = len(rows) // 2
        applied = await self._applied(turn, rows[:middle])
        rest = await self._applied(turn, rows[middle:])
        applied.counts.add(rest.counts)
        return Applied(applied.counts, applied.errors + rest.errors, applied.made_by + rest.made_by)

    async def _attempt(self, turn: Turn, rows: list[Row]) -> Applied:
        found = turn.found
        assert found.plan is not None
        importing = Importing(found.workspace_id, found.id, found.planned_by or "", len(found.header), found.plan)
        coerce = self._coercion_of(found.workspace_id)

        async def attempt(keys: Collection[ContactKey]) -> Applied:
            async with turn.attempt():
                return await apply_rows(turn.session, rows, importing, coerce, self._clock.now(), keys)

        return await serialized(attempt)


class _Check:
    """What a check has found so far. Contacts that a part would have made are known to the parts after it by the hashes
    of their keys."""

    def __init__(self) -> None:
        self.counts = Counts()
        self._made: set[int] = set()

    def add(self, applied: Applied) -> None:
        again = sum(self._is_known(keys) for keys in applied.made_by)
        applied.counts.created -= again
        applied.counts.updated += again
        self.counts.add(applied.counts)

    def _is_known(self, keys: Collection[ContactKey]) -> bool:
        hashes = {hash(key) for key in keys}
        known = not self._made.isdisjoint(hashes)
        self._made |= hashes
        return known


def _refused(row: int) -> Applied:
    error = CellError(row, None, MappingReason.VALUE, UNWRITABLE)
    return Applied(Counts(refused=1, errors=1), [error])
