"""The job of the imports: a part of a file, one transaction; again until it is done, cancelled or held by another.

What a part wrote and that it is done are one transaction, so a job that is killed goes on where it was, and each row is
written once. While one is written the next one is tried (`ahead.py`). A check writes nothing: it keeps what it knows
when its turn is over, and begins again when it is killed within one.
"""

from collections.abc import Callable, Collection
from typing import Final
from uuid import UUID, uuid4

from connectors_shared.contract.updates import MappingReason
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.loops import PollLoop
from field_mapper.coercion import UserFieldCoercion
from field_mapper.imports.ahead import Ahead, LookingAhead, importing_of
from field_mapper.imports.applying import Applied, Tried, keep_rows, try_rows
from field_mapper.imports.known import KnownKeys
from field_mapper.imports.plans import Counts
from field_mapper.imports.port import RUNNING, Import, ImportStore, Status, Turn
from field_mapper.imports.rows import CellError
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


class _OvertakenError(Exception):
    """The contacts are not as they were when a part was tried ahead."""


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
        known: KnownKeys | None = None
        is_over = False
        async with LookingAhead(self._store, self._coercion_of, self._clock) as looking:
            while not is_over:
                ahead = await looking.taken()
                is_over = self._clock.monotonic() >= ends
                async with self._store.turn(workspace_id, import_id, lease) as turn:
                    if turn is None:
                        return
                    if not is_over:
                        looking.begin(turn.found)
                    if turn.found.status is Status.IMPORTING:
                        now = await self._imported(turn, ahead)
                    elif (known := known or await _known_so_far(turn)) is None:
                        now = await turn.restart()
                    else:
                        now = await self._checked(turn, ahead, known)
                    if is_over and known is not None and now.status in RUNNING:
                        await turn.keep(now.next_part, bytes(known.kept))
                if now.status not in RUNNING:
                    log.info("contact_import.ended", status=now.status.value, rows=now.counts.rows, parts=now.parts)
                    return

    async def _imported(self, turn: Turn, ahead: Ahead | None) -> Import:
        applied = await self._written(turn, ahead)
        counts = turn.found.counts
        counts.add(applied.counts)
        return await turn.advance(counts, applied.errors)

    async def _checked(self, turn: Turn, ahead: Ahead | None, known: KnownKeys) -> Import:
        """The same, and it is undone. Contacts that a part would have made are known to the parts after it."""
        made: list[Applied] = []
        try:
            async with turn.attempt():
                made.append(await self._written(turn, ahead))
                raise _UndoneError
        except _UndoneError:
            pass
        [applied] = made
        again = sum(known.knows_any(keys) for keys in applied.made_by)
        counts = turn.found.counts
        counts.add(applied.counts)
        counts.created -= again
        counts.updated += again
        return await turn.advance(counts, applied.errors)

    async def _written(self, turn: Turn, ahead: Ahead | None) -> Applied:
        """The part that is next: as it was tried ahead, where that holds."""
        if ahead is not None and ahead.is_of(turn.found, self._coercion_of(turn.found.workspace_id)):
            try:
                async with turn.attempt():
                    return await _as_tried(turn, ahead.tried)
            except _OvertakenError:
                pass
            except Exception as error:
                if may_pass(error):
                    raise
        return await self._applied(turn, await turn.rows())

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
        importing, coerce = importing_of(found), self._coercion_of(found.workspace_id)

        async def attempt(keys: Collection[ContactKey]) -> Applied:
            async with turn.attempt():
                tried = await try_rows(turn.session, rows, importing, coerce, self._clock.now(), keys)
                return await keep_rows(turn.session, tried)

        return await serialized(attempt)


async def _known_so_far(turn: Turn) -> KnownKeys | None:
    """None where a check has got on that kept nothing: it was killed."""
    found = turn.found
    if found.next_part == 0:
        return KnownKeys.for_rows(found.row_count)
    kept = await turn.kept()
    return None if kept is None else KnownKeys(bytearray(kept))


async def _as_tried(turn: Turn, tried: Tried) -> Applied:
    """Raises _OvertakenError; then the attempt is to be undone, whose locks are in no order."""
    if not await tried.settled.holds(turn.session):
        raise _OvertakenError
    return await keep_rows(turn.session, tried)


def _refused(row: int) -> Applied:
    error = CellError(row, None, MappingReason.VALUE, UNWRITABLE)
    return Applied(Counts(refused=1, errors=1), [error])
