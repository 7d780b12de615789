"""Looks at executions without an outcome, cancels and replays them, for a caller of their workspace."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

from connector_registry.connectors.port import ConnectorMissing, ConnectorStore
from connector_registry.history.port import Outcome, Outcomes
from connector_registry.unfinished import audit
from connector_registry.unfinished.port import (
    CallOff,
    Letter,
    ParkedPage,
    Resumed,
    TooManyLooksError,
    Unfinished,
    Wanted,
)
from connector_registry.unfinished.shapes import (
    CancelDraft,
    LetterLines,
    Replay,
    ReplayDraft,
    ReplayedLine,
    ReplayedLines,
    letter_line,
)
from connectors_shared.contract.dead import LetterKind
from connectors_shared.contract.failure import DeadReason
from connectors_shared.http.audit.entry import Entry
from connectors_shared.http.audit.trail import Trail
from connectors_shared.http.principal import Principal
from connectors_shared.http.problems import ProblemError
from connectors_shared.runtime.under_way import UnderWay

T = TypeVar("T")
AT_ONCE: Final = 4
"""Requests of one workspace: each look into the topic of the dead letters is a consumer of Kafka."""


class UnfinishedDesk:
    """Raises what `Unfinished` raises. `cancel`, `resume` and `replay` are all that changes something."""

    def __init__(self, unfinished: Unfinished, outcomes: Outcomes, connectors: ConnectorStore, trail: Trail) -> None:
        self._unfinished = unfinished
        self._connectors = connectors
        self._trail = trail
        self._outcomes = outcomes
        self._looking = UnderWay()

    async def parked(self, who: Principal, wanted: Wanted, cursor: str | None, limit: int) -> ParkedPage:
        with self._place(who.workspace_id):
            return await self._unfinished.parked(who.workspace_id, wanted, cursor, limit)

    async def cancel(self, who: Principal, draft: CancelDraft) -> CallOff:
        with self._place(who.workspace_id):
            async with self._noted(audit.cancelled(who.workspace_id, draft)):
                return await self._called_off(who.workspace_id, draft)

    async def _called_off(self, workspace_id: UUID, draft: CancelDraft) -> CallOff:
        if draft.execution_ids:
            return await self._unfinished.call_off(workspace_id, draft.execution_ids)
        return await self._unfinished.call_off_all(workspace_id, draft.connector_id, draft.flow_id, draft.cursor)

    async def resume(self, who: Principal, connector_id: UUID) -> Resumed:
        """Raises ConnectorMissing."""
        connector = await self._connectors.find(who.workspace_id, connector_id)
        if connector is None:
            raise ConnectorMissing
        with self._place(who.workspace_id):
            async with self._noted(audit.resumed(who.workspace_id, connector_id, connector.head.name)):
                return await self._unfinished.resume(who.workspace_id, connector_id)

    async def letters(
        self,
        who: Principal,
        kind: LetterKind,
        connector_id: UUID | None,
        reason: DeadReason | None,
        cursor: str | None,
        limit: int,
    ) -> LetterLines:
        with self._place(who.workspace_id):
            page = await self._unfinished.letters(who.workspace_id, kind, connector_id, reason, cursor, limit)
            ended = await self._ended(who.workspace_id, page.letters)
            applied = await self._applied(who.workspace_id, page.letters) if kind is LetterKind.RESULT else {}
        lines = [letter_line(letter, _of(letter, ended), _of(letter, applied)) for letter in page.letters]
        return LetterLines(dead_letters=lines, next_cursor=page.next_cursor)

    async def replay(self, who: Principal, draft: ReplayDraft) -> ReplayedLines:
        """An execution that has an outcome is not sent again: the executor remembers for hours or days only that it had
        one. A result is one, and who takes results takes none twice, however late it comes.
        """
        kind, wanted = draft.kind, list(dict.fromkeys(draft.ids))
        with self._place(who.workspace_id):
            found = {letter.cursor: letter for letter in await self._unfinished.find(who.workspace_id, kind, wanted)}
            open_ = await self._open(who.workspace_id, kind, found)
            if open_:
                async with self._noted(audit.replayed(who.workspace_id, kind, open_)):
                    await self._unfinished.replay(who.workspace_id, kind, open_)
        return ReplayedLines(dead_letters=[_replayed(each, found.get(each), each in open_) for each in wanted])

    async def _open(self, workspace_id: UUID, kind: LetterKind, found: Mapping[str, Letter]) -> list[str]:
        if kind is LetterKind.RESULT:
            return list(found)
        ended = await self._ended(workspace_id, found.values())
        return [cursor for cursor, letter in found.items() if _of(letter, ended) is None]

    async def _ended(self, workspace_id: UUID, letters: Iterable[Letter]) -> dict[UUID, Outcome]:
        ids = {letter.execution_id for letter in letters if letter.execution_id is not None}
        return await self._outcomes.outcomes(workspace_id, ids)

    async def _applied(self, workspace_id: UUID, letters: Sequence[Letter]) -> dict[UUID, datetime]:
        """Only of what was refused: of all else it says nothing about what a replay would be for."""
        refused = [
            (each.execution_id, each.at)
            for each in letters
            if each.reason == DeadReason.MAPPING_REFUSED and each.execution_id and each.at
        ]
        if not refused:
            return {}
        since = min(at for _, at in refused)
        return await self._outcomes.applied(workspace_id, {execution_id for execution_id, _ in refused}, since)

    @asynccontextmanager
    async def _noted(self, entry: Entry) -> AsyncIterator[None]:
        """Before it is done, so that nothing is done unnoted; and again where it failed."""
        await self._trail.note(entry)
        try:
            yield
        except ProblemError as problem:
            await self._trail.note(audit.failed(entry, problem))
            raise

    @contextmanager
    def _place(self, workspace_id: UUID) -> Iterator[None]:
        if self._looking.of(workspace_id) >= AT_ONCE:
            raise TooManyLooksError(headers={"Retry-After": "2"})
        with self._looking.one(workspace_id):
            yield


def _of(letter: Letter, known: Mapping[UUID, T]) -> T | None:
    return known.get(letter.execution_id) if letter.execution_id else None


def _replayed(id_: str, letter: Letter | None, is_replayed: bool) -> ReplayedLine:
    if letter is None:
        return ReplayedLine(id=id_, execution_id=None, outcome=Replay.NOT_FOUND)
    outcome = Replay.REPLAYED if is_replayed else Replay.ENDED_ALREADY
    return ReplayedLine(id=id_, execution_id=letter.execution_id, outcome=outcome)
