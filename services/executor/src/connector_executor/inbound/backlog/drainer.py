"""Brings executions out of their backlogs, a horizon's worth of slots at a time.

One replica drains a backlog at a time, by a lease; which backlogs are due is one index, so waiting costs nothing.
"""

import asyncio
import math
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from connector_executor.admission.port import Admission, BudgetSpec, Verdict
from connector_executor.connectors.plan import Plan
from connector_executor.connectors.table import ConnectorTable
from connector_executor.execution import Execution, subject_of
from connector_executor.finisher import Finisher
from connector_executor.inbound.backlog.rounds import ParkedOrigin, Round
from connector_executor.inbound.lookups import Lookups
from connector_executor.metrics import ExecutorMetrics
from connector_executor.outbound.dead import DeadLetters
from connector_executor.outcome import Failure
from connector_executor.parking.diversion import PARKS
from connector_executor.parking.envelope import source_of, unseal
from connector_executor.parking.parker import STALE_DUE_SECONDS, Parker
from connector_executor.parking.port import Backlog, Key, ParkingStore, TakenRow
from connector_executor.scheduling.claims import Claims
from connector_executor.scheduling.line import Line
from connector_executor.scheduling.places import Places
from connectors_shared.contract.failure import DeadReason, FailureType
from connectors_shared.definition.templates import TemplateError
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)
DUE_AT_ONCE = 64
TAKE_AT_ONCE = 256
ROUNDS_AT_ONCE = 4
POLL_SECONDS = 0.25
NO_ROOM_SECONDS = 0.1
RETRY_SECONDS = 1.0
WAKE_PER_SECOND = 100.0
"""At the start every backlog is looked at: connectors may have changed while nobody was there to see it."""


class Drainer:
    """The inlet of parked executions.

    Implements `rounds.Rows`: what is done with rows is collected, and written with the next pass.
    """

    def __init__(
        self,
        store: ParkingStore,
        admission: Admission,
        table: ConnectorTable,
        line: Line,
        claims: Claims,
        places: Places,
        finisher: Finisher,
        parker: Parker,
        dead: DeadLetters,
        owner: str,
        clock: Clock,
        metrics: ExecutorMetrics,
        *,
        lease_seconds: float,
        drain_horizon_seconds: float,
        lookups: Lookups,
    ) -> None:
        self._store = store
        self._admission = admission
        self._table = table
        self._line = line
        self._claims = claims
        self._places = places
        self._finisher = finisher
        self._parker = parker
        self._dead = dead
        self._owner = owner
        self._clock = clock
        self._metrics = metrics
        self._lease_seconds = lease_seconds
        self._drain_horizon_seconds = drain_horizon_seconds
        self._lookups = lookups
        self._held: set[Key] = set()
        self._given_back: list[Key] = []
        self._removed: list[Key] = []
        self._closed: list[Round] = []
        self._cautious: set[UUID] = set()
        self._woken: set[UUID] = set()
        self._look_at = 0.0
        self._wake = asyncio.Event()
        self._writing = asyncio.Lock()
        self._halted = False
        self.reachable = True

    def wake(self, connector_id: UUID) -> None:
        """A connector has changed: its limit, its credential or itself may let the backlog go."""
        self._woken.add(connector_id)
        self._wake.set()

    async def run(self) -> None:
        """Drain, for ever. Cancel to stop."""
        loop = asyncio.get_running_loop()
        looked_at_all = False
        while True:
            try:
                if not looked_at_all:
                    await self._store.wake_all(WAKE_PER_SECOND)
                    looked_at_all = True
                await self._pass()
                self.reachable = True
            except ConnectionError as error:
                if self.reachable:
                    log.warning("backlog.unreachable", why=str(error))
                self.reachable = False
                await asyncio.sleep(RETRY_SECONDS)
            pause = min(POLL_SECONDS, max(0.0, self._look_at - loop.time()) if self._look_at else POLL_SECONDS)
            # Not wait_for: on Python 3.11 it forgets a cancellation that comes together with the event.
            with suppress(TimeoutError):
                async with asyncio.timeout(max(pause, 0.005)):
                    await self._wake.wait()
            self._wake.clear()

    def halt(self) -> None:
        """Take nothing more."""
        self._halted = True

    async def close(self) -> None:
        """Write what is decided; what is still leased comes back when the lease ends."""
        with suppress(ConnectionError):
            await self._write()

    async def renew(self) -> None:
        """Rows that are here stay ours."""
        if self._held:
            await self._store.renew(self._owner, list(self._held), self._lease_seconds)

    def give_back(self, key: Key) -> None:
        self._held.discard(key)
        self._given_back.append(key)
        self._wake.set()

    def let_go(self, key: Key) -> None:
        self._held.discard(key)

    def remove(self, key: Key) -> None:
        self._held.discard(key)
        self._removed.append(key)
        self._wake.set()

    def park_again(self, execution: Execution, verdict: Verdict, wait_seconds: float) -> None:
        self._parker.park(execution, PARKS[verdict], due_seconds=max(0.0, wait_seconds - self._drain_horizon_seconds))

    async def _pass(self) -> None:
        self._look_at = 0.0
        await self._write()
        if self._halted or not self._claims.available:
            return
        woken, self._woken = list(self._woken), set()
        if woken:
            await self._store.wake(woken)
        generation = self._admission.generation
        ended = await self._store.take_ended(self._owner, TAKE_AT_ONCE, self._lease_seconds, generation)
        for row in ended:
            await self._end(row)
        backlogs = await self._store.due(self._owner, DUE_AT_ONCE, self._lease_seconds)
        for first in range(0, len(backlogs), ROUNDS_AT_ONCE):
            await _all(self._round(backlog) for backlog in backlogs[first : first + ROUNDS_AT_ONCE])
        if len(ended) == TAKE_AT_ONCE or len(backlogs) == DUE_AT_ONCE:
            self._wake.set()

    async def _write(self) -> None:
        """Answers of rounds, rows given back and rows that are done."""
        async with self._writing:
            await self._write_collected()

    async def _write_collected(self) -> None:
        closed, self._closed = self._closed, []
        try:
            while self._given_back:
                batch = self._given_back[:TAKE_AT_ONCE]
                await self._store.give_back(self._owner, batch)
                del self._given_back[: len(batch)]
            while self._removed:
                batch = self._removed[:TAKE_AT_ONCE]
                await self._store.remove(batch)
                del self._removed[: len(batch)]
                await self._admission.settle([(str(workspace), str(execution)) for workspace, execution in batch])
            while closed:
                await self._end_round(closed[0])
                closed.pop(0)
        finally:
            self._closed = closed + self._closed

    async def _round(self, backlog: Backlog) -> None:
        plan = await self._plan(backlog.connector_id)
        if plan is None:
            await self._end_orphans(backlog)
        elif plan.published.credential_stale:
            await self._put_off(backlog, STALE_DUE_SECONDS)
        else:
            await self._drain(backlog, plan)

    async def _drain(self, backlog: Backlog, plan: Plan) -> None:
        asked = self._share(backlog, plan)
        if asked <= 0:
            await self._put_off(backlog, NO_ROOM_SECONDS)
            return
        rows = await self._store.take(
            self._owner, backlog.connector_id, asked, self._lease_seconds, self._admission.generation
        )
        if not rows:
            await self._run_dry(backlog, plan)
            return
        executions = [execution for row in rows if (execution := await self._execution(row, plan)) is not None]
        if not executions:
            await self._put_off(backlog, 0.0)
            return
        if not plan.published.enabled:
            for execution in executions:
                message = f"connector {plan.published.name} is switched off"
                self._finisher.finish(execution, Failure(FailureType.CONNECTOR_DISABLED, message))
            await self._put_off(backlog, 0.0)
            return
        round_ = Round(backlog, plan, asked, len(rows), len(executions), self._close)
        for execution in executions:
            assert isinstance(execution.origin, ParkedOrigin)
            execution.origin.join(round_)
        for execution in executions:
            self._line.submit(execution)

    def _share(self, backlog: Backlog, plan: Plan) -> int:
        """How many rows to try: what its budget allows within the horizon, divided among those who share it."""
        if not plan.published.enabled:
            return TAKE_AT_ONCE
        if backlog.connector_id in self._cautious:
            return 1
        queued, in_flight = self._line.lanes.waiting(backlog.connector_id)
        here = min(plan.max_in_flight - queued - in_flight, self._places.free, TAKE_AT_ONCE)
        return min(here, max(1, slots_within(plan.budget, self._drain_horizon_seconds) // max(1, backlog.sharers)))

    def _close(self, round_: Round) -> None:
        self._closed.append(round_)
        self._wake.set()

    async def _end_round(self, round_: Round) -> None:
        connector_id = round_.backlog.connector_id
        if round_.probed:
            self._cautious.add(connector_id)
        else:
            self._cautious.discard(connector_id)
        if round_.exhausted and round_.asked > 1:
            await self._run_dry(round_.backlog, round_.plan)
        else:
            await self._put_off(round_.backlog, round_.pause_seconds(self._drain_horizon_seconds))

    async def _run_dry(self, backlog: Backlog, plan: Plan) -> None:
        """Nothing more is ready: executions of the connector need not queue any longer."""
        await self._admission.mark_backlog([subject_of(plan)], False)
        await self._put_off(backlog, None)

    async def _put_off(self, backlog: Backlog, seconds: float | None) -> None:
        await self._store.put_off(self._owner, backlog.connector_id, seconds)
        if seconds is not None:
            at = asyncio.get_running_loop().time() + seconds
            self._look_at = min(self._look_at or at, at)

    async def _end_orphans(self, backlog: Backlog) -> None:
        """The connector was deleted while they waited: they end as messages for an unknown connector do."""
        rows = await self._store.take(
            self._owner, backlog.connector_id, TAKE_AT_ONCE, self._lease_seconds, self._admission.generation
        )
        for row in rows:
            await self._bury(row, DeadReason.UNKNOWN_CONNECTOR, _deleted(row))
        await self._put_off(backlog, 0.0 if rows else None)

    async def _end(self, row: TakenRow) -> None:
        """Cancelled, or too old: it needs an outcome and no slot."""
        plan = await self._plan(row.connector_id)
        if plan is None:
            await self._bury(row, DeadReason.UNKNOWN_CONNECTOR, _deleted(row))
            return
        execution = await self._execution(row, plan)
        if execution is None:
            return
        if row.cancelled:
            self._finisher.finish(execution, Failure(FailureType.CANCELLED, "cancelled while it was parked"))
        elif execution.deadline is not None and execution.deadline <= self._clock.now():
            message = "the deadline passed while it was parked"
            self._finisher.finish(execution, Failure(FailureType.DEADLINE_EXCEEDED, message))
        else:
            self._parker.end_refused(execution, "it was parked longer than its connector allows")

    async def _bury(self, row: TakenRow, reason: DeadReason, detail: str) -> None:
        await self._dead.bury(source_of(row), reason, detail)
        self.remove((row.workspace_id, row.execution_id))

    async def _execution(self, row: TakenRow, plan: Plan) -> Execution | None:
        """None when the row cannot be read (any more): then it ends in the dead letters, and not in every drainer."""
        origin = ParkedOrigin(row, self)
        try:
            execution = unseal(row, plan, origin, self._clock.monotonic())
        except ValueError as error:
            log.error("parked.unreadable", execution_id=str(row.execution_id), why=type(error).__name__)
            await self._bury(
                row, DeadReason.INVALID_MESSAGE, f"the parked message cannot be read: {type(error).__name__}"
            )
            return None
        self._held.add(origin.key)
        return execution

    async def _plan(self, connector_id: UUID) -> Plan | None:
        """None when it is certain that there is no such connector (any more)."""
        try:
            found = self._table.plan(connector_id)
            if found is None:
                await self._lookups.catch_up(RETRY_SECONDS * 10)
                found = self._table.plan(connector_id)
        except TemplateError:
            return None
        except Exception as error:
            raise ConnectionError(f"the definitions cannot be read: {error!r}") from error
        return found


def _deleted(row: TakenRow) -> str:
    return f"connector {row.connector_id} was deleted while the execution was parked"


def slots_within(budget: BudgetSpec, seconds: float) -> int:
    """How many slots a budget has at most in so many seconds."""
    most = budget.max_concurrent or TAKE_AT_ONCE
    for interval_us, tolerance_us in budget.windows:
        room_us = max(0, tolerance_us - (budget.weight - 1) * interval_us)
        most = min(most, int((seconds * 1e6 + room_us) / (interval_us * budget.weight)) + 1)
    for units, span_us in budget.quotas:
        most = min(most, max(1, units // budget.weight) * math.ceil(seconds * 1e6 / span_us))
    return most


async def _all(works: "Sequence[Coroutine[Any, Any, None]] | Any") -> None:
    await asyncio.gather(*works)
