"""Ends executions that are not to be called any more: cancelled, expired, given up, switched off, deleted.

The store of claims is asked before each end, since an earlier owner may have called it: a known outcome stands, a call
under way is waited for, and a write in doubt ends as `outcome_unknown`.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC
from uuid import UUID

from msgspec.structs import replace as replaced

from connector_executor.admission.port import Admitted, PartedAdmission, Queueing, Verdict
from connector_executor.connectors.plan import Plan
from connector_executor.connectors.standin import unknown_plan
from connector_executor.connectors.table import ConnectorTable
from connector_executor.execution import Execution
from connector_executor.finisher import Finisher
from connector_executor.inbound.backlog.leased import LeasedRows
from connector_executor.inbound.backlog.looking import Looks
from connector_executor.inbound.backlog.rounds import ParkedOrigin
from connector_executor.inbound.lookups import Lookups
from connector_executor.outbound.outbox import Outbox
from connector_executor.outcome import Failure
from connector_executor.parking.dead_lettering import DeadExecution, DeadLetterEnd, DeadLettering
from connector_executor.parking.ended import End, tell
from connector_executor.parking.envelope import source_of, unseal
from connector_executor.parking.port import Backlog, Key, ParkingStore, TakenRow
from connector_executor.parking.reasons import refusal_of
from connector_executor.scheduling.claims import Claims
from connectors_shared.contract.failure import DeadReason, FailureType
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.loops import PollLoop

log = get_logger(__name__)
ENDED_AT_ONCE = 256
CATCH_UP_SECONDS = 10.0
MIN_LOOK_AGAIN_SECONDS = 0.1
MOST_ORPHANS = 64
PART_AWAY_SECONDS = 5.0
"""When rows and backlogs are looked at again whose part of the store of claims does not answer: each is a query."""
EndOf = Callable[[TakenRow, Execution], End]


@dataclass(frozen=True, slots=True)
class Ended:
    """A leased execution, and the end that it comes to if it has never run."""

    row: TakenRow
    execution: Execution
    end: End


class Ending:
    """Looks for rows that have ended, and for those of connectors that are gone; `end` is for whoever finds others.

    While the store of claims is away, or too much waits for Kafka, nothing is taken.
    """

    def __init__(
        self,
        store: ParkingStore,
        admission: PartedAdmission,
        table: ConnectorTable,
        finisher: Finisher,
        dead_lettering: DeadLettering,
        claims: Claims,
        leased: LeasedRows,
        outbox: Outbox,
        looks: Looks,
        owner: str,
        clock: Clock,
        *,
        lease_seconds: float,
        lookups: Lookups,
    ) -> None:
        self._store = store
        self._admission = admission
        self._table = table
        self._finisher = finisher
        self._dead_lettering = dead_lettering
        self._claims = claims
        self._leased = leased
        self._outbox = outbox
        self._looks = looks
        self._owner = owner
        self._clock = clock
        self._lease_seconds = lease_seconds
        self._lookups = lookups
        self._orphans: dict[UUID, Backlog] = {}
        self._loop = PollLoop("executions.end", self._pass)
        self._halted = False

    async def run(self) -> None:
        """For ever. Cancel to stop."""
        await self._loop.run()

    def halt(self) -> None:
        """Take nothing more."""
        self._halted = True

    def wake(self) -> None:
        """Something may have been called off."""
        self._loop.wake()

    def adopt(self, backlog: Backlog) -> bool:
        """A leased backlog of a connector that is not in the table. False: there are enough of them here already."""
        if len(self._orphans) >= MOST_ORPHANS and backlog.connector_id not in self._orphans:
            return False
        self._orphans[backlog.connector_id] = backlog
        self._loop.wake()
        return True

    async def end(self, rows: Sequence[TakenRow], plan: Plan, end_of: EndOf) -> None:
        """Leased rows of one connector, each with what becomes of it if it has not run."""
        found = [(row, execution) for row in rows if (execution := self.unsealed(row, plan)) is not None]
        await self._settle([Ended(row, execution, end_of(row, execution)) for row, execution in found])

    def unsealed(self, row: TakenRow, plan: Plan) -> Execution | None:
        """None when the row cannot be read (any more): then it ends in the dead letters, and not in every drainer."""
        origin = ParkedOrigin(row, self._leased)
        try:
            now, taken_at = self._clock.monotonic(), self._clock.now()
            execution = unseal(row, plan, self._table.version, origin, now, taken_at)
        except Exception as error:
            log.error("parked.unreadable", execution_id=str(row.execution_id), why=type(error).__name__)
            detail = f"the parked message cannot be read: {type(error).__name__}"
            self._dead_lettering.start([self._dead_execution(row, DeadLetterEnd(DeadReason.INVALID_MESSAGE, detail))])
            return None
        self._leased.hold(origin.key)
        return execution

    async def _pass(self) -> float:
        if self._halted or not self._claims.available or self._outbox.full:
            return self._looks.pause_seconds
        generation = self._admission.generation
        rows = await self._store.take_ended(self._owner, ENDED_AT_ONCE, self._lease_seconds, generation)
        if rows:
            self._looks.found()
        if any(self._is_unknown(row.connector_id) for row in rows):
            await self._lookups.catch_up(CATCH_UP_SECONDS)
        for connector_id, own in _by_connector(rows).items():
            await self._end_some(connector_id, own[0].workspace_id, own)
        await self._end_orphans()
        await self._leased.write()
        return 0.0 if len(rows) == ENDED_AT_ONCE or self._orphans else self._looks.pause_seconds

    async def _end_some(self, connector_id: UUID, workspace_id: UUID, rows: list[TakenRow]) -> None:
        """What runs here although its lease had lapsed goes on; what fails is looked at when its lease ends."""
        rows = [row for row in rows if not self._leased.holds(_key(row))]
        if not self._claims.answers(workspace_id):
            await self._leased.look_again(list(map(_key, rows)), PART_AWAY_SECONDS)
            return
        try:
            plan = self._table.plan(connector_id) or unknown_plan(connector_id, workspace_id)
            await self.end(rows, plan, self._end_of)
        except ConnectionError:
            raise
        except Exception:
            log.exception("ending.fault", connector_id=str(connector_id), rows=len(rows))
            for row in rows:
                self._leased.let_go(_key(row))

    def _end_of(self, row: TakenRow, execution: Execution) -> End:
        if row.cancelled:
            return Failure(FailureType.CANCELLED, "It was cancelled while it was parked.")
        if execution.deadline is not None and execution.deadline.astimezone(UTC) <= self._clock.now():
            return Failure(FailureType.DEADLINE_EXCEEDED, "The deadline passed while it was parked.")
        return execution.plan.fault or refusal_of(execution.plan, "It was parked longer than its connector allows.")

    async def _end_orphans(self) -> None:
        """A batch of each; then the backlogs of other connectors have had their turn as well."""
        if self._orphans:
            await self._lookups.catch_up(CATCH_UP_SECONDS)
        for connector_id, backlog in list(self._orphans.items()):
            unknown = self._is_unknown(connector_id)
            rows = await self._take(connector_id) if unknown else []
            if rows:
                await self._end_some(connector_id, backlog.workspace_id, rows)
            else:
                await self._store.put_off(self._owner, connector_id, None if unknown else 0.0)
                del self._orphans[connector_id]

    async def _take(self, connector_id: UUID) -> list[TakenRow]:
        return await self._store.take(
            self._owner, connector_id, ENDED_AT_ONCE, self._lease_seconds, self._admission.generation
        )

    def _is_unknown(self, connector_id: UUID) -> bool:
        return self._table.plan(connector_id) is None

    async def _settle(self, all_ended: Sequence[Ended]) -> None:
        """Ask, and do what the answers say."""
        if not all_ended:
            return
        asks = [replaced(ended.execution.ask(), queueing=Queueing.ENDS) for ended in all_ended]
        try:
            answers = await self._admission.admit(asks)
        except ConnectionError:
            # Unasked: what was in doubt stays so.
            for ended in all_ended:
                self._leased.give_back(_key(ended.row), ended.row.generation)
            raise
        dead: list[DeadExecution] = []
        waiting = []
        for ended, answer in zip(all_ended, answers, strict=True):
            if answer.verdict is Verdict.GO and isinstance(ended.end, DeadLetterEnd):
                dead.append(self._dead_execution(ended.row, ended.end))
            elif not tell(self._finisher, ended.execution, ended.end, answer):
                waiting.append(self._wait(ended, answer))
        self._dead_lettering.start(dead)
        await asyncio.gather(*waiting)

    async def _wait(self, ended: Ended, answer: Admitted) -> None:
        """Somebody runs it: it is asked for again when that one is done, or his claim has lapsed."""
        key = _key(ended.row)
        self._leased.let_go(key)
        await self._leased.look_again([key], max(answer.wait_seconds, MIN_LOOK_AGAIN_SECONDS))

    def _dead_execution(self, row: TakenRow, end: DeadLetterEnd) -> DeadExecution:
        key = _key(row)
        self._leased.hold(key)
        identity = (str(row.workspace_id), str(row.execution_id))
        return DeadExecution(identity, source_of(row), end, lambda: self._leased.let_go(key), key)


def _key(row: TakenRow) -> Key:
    return row.workspace_id, row.execution_id


def _by_connector(rows: Sequence[TakenRow]) -> dict[UUID, list[TakenRow]]:
    found: dict[UUID, list[TakenRow]] = {}
    for row in rows:
        found.setdefault(row.connector_id, []).append(row)
    return found
