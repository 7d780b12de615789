"""A twin of what the executor knows of executions without an outcome, for tests."""

from collections.abc import Sequence
from uuid import UUID

from connector_registry.unfinished.port import (
    Called,
    CalledOff,
    CallOff,
    Letter,
    LetterPage,
    LettersGoneError,
    ParkedExecution,
    ParkedPage,
    Resumed,
    Wanted,
)
from connectors_shared.contract.dead import LetterKind
from connectors_shared.contract.failure import DeadReason
from connectors_shared.http.problems import FieldProblem


class InMemoryUnfinished:
    """`waiting` and `dead` are by workspace, `dead_results` too. Cursors are counts, written as executors write places.
    What was replayed is in `replayed`; `held` are connectors whose API has asked for quiet.
    """

    def __init__(self) -> None:
        self.waiting: dict[UUID, list[ParkedExecution]] = {}
        self.dead: dict[UUID, list[Letter]] = {}
        self.dead_results: dict[UUID, list[Letter]] = {}
        self.cancelled: set[tuple[UUID, UUID]] = set()
        self.replayed: list[str] = []
        self.replayed_results: list[str] = []
        self.held: set[tuple[UUID, UUID]] = set()

    async def parked(self, workspace_id: UUID, wanted: Wanted, cursor: str | None, limit: int) -> ParkedPage:
        found = self._matching(workspace_id, wanted)
        start = UUID(cursor.partition(":")[0]).int if cursor else 0
        following = f"{UUID(int=start + limit)}:" if len(found) > start + limit else None
        return ParkedPage(parked=found[start : start + limit], next=following)

    async def call_off(self, workspace_id: UUID, execution_ids: Sequence[UUID]) -> CallOff:
        outcomes = [self._called_off(workspace_id, execution_id) for execution_id in execution_ids]
        cancelled = sum(each.outcome in (Called.CANCELLED, Called.UNDER_WAY) for each in outcomes)
        return CallOff(cancelled=cancelled, executions=outcomes)

    async def call_off_all(
        self, workspace_id: UUID, connector_id: UUID | None, flow_id: str | None, cursor: str | None
    ) -> CallOff:
        found = [each.execution_id for each in self._matching(workspace_id, Wanted(connector_id, flow_id))]
        return (await self.call_off(workspace_id, found)).model_copy(update={"executions": []})

    async def resume(self, workspace_id: UUID, connector_id: UUID) -> Resumed:
        parked = sum(each.connector_id == connector_id for each in self.waiting.get(workspace_id, []))
        held = (workspace_id, connector_id) in self.held
        self.held.discard((workspace_id, connector_id))
        return Resumed(lifted=["rate_limited"] if held else [], parked=parked)

    async def letters(
        self,
        workspace_id: UUID,
        kind: LetterKind,
        connector_id: UUID | None,
        reason: DeadReason | None,
        cursor: str | None,
        limit: int,
    ) -> LetterPage:
        found = [
            letter
            for letter in self._dead(kind, workspace_id)
            if connector_id in (None, letter.connector_id) and reason in (None, letter.reason)
        ]
        start = int(cursor.rpartition(":")[2]) if cursor else 0
        following = f"0:{start + limit}" if len(found) > start + limit else None
        return LetterPage(letters=found[start : start + limit], next_cursor=following)

    async def find(self, workspace_id: UUID, kind: LetterKind, cursors: Sequence[str]) -> list[Letter]:
        return [letter for letter in self._dead(kind, workspace_id) if letter.cursor in cursors]

    async def replay(self, workspace_id: UUID, kind: LetterKind, cursors: Sequence[str]) -> None:
        if missing := set(cursors) - {letter.cursor for letter in self._dead(kind, workspace_id)}:
            raise LettersGoneError(errors=[FieldProblem(pointer="/ids", detail=each) for each in sorted(missing)])
        replayed = self.replayed if kind is LetterKind.EXECUTION else self.replayed_results
        replayed += cursors

    def _dead(self, kind: LetterKind, workspace_id: UUID) -> list[Letter]:
        dead = self.dead if kind is LetterKind.EXECUTION else self.dead_results
        return dead.get(workspace_id, [])

    def _matching(self, workspace_id: UUID, wanted: Wanted) -> list[ParkedExecution]:
        return [
            each
            for each in self.waiting.get(workspace_id, [])
            if wanted.connector_id in (None, each.connector_id) and wanted.flow_id in (None, each.flow_id)
            if wanted.execution_id in (None, each.execution_id)
            if (workspace_id, each.execution_id) not in self.cancelled
        ]

    def _called_off(self, workspace_id: UUID, execution_id: UUID) -> CalledOff:
        there = [each for each in self.waiting.get(workspace_id, []) if each.execution_id == execution_id]
        if not there:
            return CalledOff(execution_id=execution_id, outcome=Called.NOT_PARKED)
        if (workspace_id, execution_id) in self.cancelled:
            return CalledOff(execution_id=execution_id, outcome=Called.CANCELLED_BEFORE)
        self.cancelled.add((workspace_id, execution_id))
        outcome = Called.UNDER_WAY if there[0].leased else Called.CANCELLED
        return CalledOff(execution_id=execution_id, outcome=outcome)
