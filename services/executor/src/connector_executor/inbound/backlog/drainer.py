"""Brings executions out of their backlogs, a horizon's worth of slots at a time.

One replica drains a backlog at a time, by a lease; which backlogs are due is one index, so waiting costs nothing.
What only needs an outcome is ended beside it (`ending.py`), so that it delays nobody.
"""

import asyncio
import math
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from connector_executor.admission.port import BudgetSpec, PartedAdmission
from connector_executor.connectors.plan import Plan
from connector_executor.connectors.table import ConnectorTable
from connector_executor.execution import Execution
from connector_executor.inbound.backlog.ending import PART_AWAY_SECONDS, Ending
from connector_executor.inbound.backlog.first_look import FirstLook
from connector_executor.inbound.backlog.leased import LeasedRows
from connector_executor.inbound.backlog.looking import Looks
from connector_executor.inbound.backlog.rounds import ParkedOrigin, Round
from connector_executor.outbound.outbox import Outbox
from connector_executor.outcome import Failure
from connector_executor.parking.parker import DUE_SECONDS
from connector_executor.parking.port import TROUBLES, Backlog, Finding, ParkingStore, TakenRow
from connector_executor.parking.reasons import unavailable
from connector_executor.scheduling.claims import Claims
from connector_executor.scheduling.line import Line
from connector_executor.scheduling.places import Places
from connectors_shared.contract.failure import FailureType
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.loops import PollLoop
from connectors_shared.runtime.supervision import to_their_ends, together

log = get_logger(__name__)
DUE_AT_ONCE = 64
TAKE_AT_ONCE = 256
HASTENED_AT_ONCE = 5000
ROUNDS_AT_ONCE = 4
NO_ROOM_SECONDS = 0.1
MOST_NO_ROOM_SECONDS = 1.6
MOST_CROWDED = 10_000
TOO_MANY_ORPHANS_SECONDS = 5.0


class Drainer:
    """The inlet of parked executions. What is done with rows is collected in `leased`, and written by the next pass."""

    def __init__(
        self,
        store: ParkingStore,
        admission: PartedAdmission,
        table: ConnectorTable,
        line: Line,
        claims: Claims,
        places: Places,
        ending: Ending,
        leased: LeasedRows,
        outbox: Outbox,
        looks: Looks,
        owner: str,
        *,
        lease_seconds: float,
        drain_horizon_seconds: float,
    ) -> None:
        self._store = store
        self._admission = admission
        self._table = table
        self._line = line
        self._claims = claims
        self._places = places
        self._ending = ending
        self._leased = leased
        self._outbox = outbox
        self._looks = looks
        self._owner = owner
        self._lease_seconds = lease_seconds
        self._drain_horizon_seconds = drain_horizon_seconds
        self._closed: list[Round] = []
        self._cautious: set[UUID] = set()
        self._crowded: dict[UUID, float] = {}
        self._woken: set[UUID] = set()
        self._first_look = FirstLook(store)
        self._look_at = 0.0
        self._loop = PollLoop("backlogs.drain", self._pass)
        self._halted = False
        leased.changed = self._loop.wake

    def wake(self, connector_id: UUID) -> None:
        """A connector has changed: its limit, its credential or itself may let the backlog go."""
        self._woken.add(connector_id)
        self._loop.wake()
        self._ending.wake()

    def parked_under(self, plan: Plan) -> None:
        """A row was written whose next look follows this plan. Where the connector has changed since the execution
        came, the change may have woken the backlog before the row was there.
        """
        if self._looks.found():
            self._loop.wake()
        if not self._table.is_current(plan):
            self.wake(plan.connector_id)

    async def run(self) -> None:
        """Drain, and end what is not to be called, for ever. Cancel to stop."""
        await together(self._loop.run(), self._ending.run())

    async def renew(self) -> None:
        """Rows that are here stay ours."""
        await self._leased.renew()

    def halt(self) -> None:
        """Take nothing more."""
        self._halted = True
        self._ending.halt()

    async def close(self) -> None:
        """Write what is decided; what is still leased comes back when the lease ends."""
        with suppress(ConnectionError):
            await self._write()

    async def _pass(self) -> float:
        self._look_at = 0.0
        await self._write()
        if self._halted or not self._claims.available or self._outbox.full:
            return self._looks.pause_seconds
        await self._first_look.go_on()
        await self._wake_some()
        backlogs = await self._store.due(self._owner, DUE_AT_ONCE, self._lease_seconds)
        if backlogs:
            self._looks.found()
        for first in range(0, len(backlogs), ROUNDS_AT_ONCE):
            some = backlogs[first : first + ROUNDS_AT_ONCE]
            await to_their_ends([self._guarded(backlog, self._round(backlog)) for backlog in some])
        if len(backlogs) == DUE_AT_ONCE:
            return 0.0
        pause = self._looks.pause_seconds
        ahead = self._look_at - asyncio.get_running_loop().time() if self._look_at else pause
        return min(pause, max(0.0, ahead))

    async def _wake_some(self) -> None:
        """Kept until the store knows of it."""
        woken, self._woken = self._woken, set()
        try:
            if woken:
                await self._store.wake(list(woken))
        except Exception:
            self._woken |= woken
            raise

    async def _write(self) -> None:
        """Rows given back and rows that are done, then the answers of rounds."""
        await self._leased.write()
        closed, self._closed = self._closed, []
        try:
            while closed:
                await self._guarded(closed[0].backlog, self._end_round(closed[0]))
                closed.pop(0)
        finally:
            self._closed = closed + self._closed

    async def _guarded(self, backlog: Backlog, work: Coroutine[Any, Any, None]) -> None:
        """A fault of ours with one backlog holds no other up: its lease lapses, then it is tried again."""
        try:
            await work
        except ConnectionError:
            raise
        except Exception:
            log.exception("backlog.fault", connector_id=str(backlog.connector_id))

    async def _round(self, backlog: Backlog) -> None:
        if not self._claims.answers(backlog.workspace_id):
            await self._put_off(backlog, PART_AWAY_SECONDS)
            return
        plan = self._table.plan(backlog.connector_id)
        if plan is None:
            if not self._ending.adopt(backlog):
                await self._put_off(backlog, TOO_MANY_ORPHANS_SECONDS)
        elif plan.held is not None and plan.held not in TROUBLES:
            await self._put_off(backlog, DUE_SECONDS[plan.held], Finding(None))
        elif not await self._waits_for(backlog, plan) or await self._end_past_limit(backlog, plan):
            await self._put_off(backlog, 0.0)
        elif plan.hold is not None:
            trouble = plan.hold if plan.hold in TROUBLES else None
            await self._put_off(backlog, DUE_SECONDS[plan.hold], Finding(trouble))
        elif not plan.enabled:
            await self._end_disabled(backlog, plan)
        else:
            await self._drain(backlog, plan)

    async def _waits_for(self, backlog: Backlog, plan: Plan) -> bool:
        """Do its rows wait for whom they would call now? What the one before has asked for concerns them no more; False
        when there are too many for one round.
        """
        if backlog.towards in (None, plan.towards) or plan.fault is not None:
            return True
        return await self._store.hasten(self._owner, backlog.connector_id, plan.towards, HASTENED_AT_ONCE)

    async def _end_past_limit(self, backlog: Backlog, plan: Plan) -> bool:
        """Those that have waited for the API as long as they may; True when there may be more of them."""
        trouble = backlog.trouble
        if trouble is None:
            return False
        rows = await self._store.take_past_limit(
            self._owner, backlog.connector_id, TAKE_AT_ONCE, self._lease_seconds, self._admission.generation
        )
        await self._ending.end(self._not_here(rows), plan, lambda _row, _execution: unavailable(trouble, plan))
        return len(rows) == TAKE_AT_ONCE

    async def _end_disabled(self, backlog: Backlog, plan: Plan) -> None:
        rows = await self._take(backlog, TAKE_AT_ONCE)
        if not rows:
            await self._run_dry(backlog, plan)
            return
        off = Failure(FailureType.CONNECTOR_DISABLED, f"The connector {plan.published.name} is switched off.")
        await self._ending.end(self._not_here(rows), plan, lambda _row, _execution: off)
        await self._put_off(backlog, 0.0)

    async def _drain(self, backlog: Backlog, plan: Plan) -> None:
        asked = self._share(backlog, plan)
        if asked <= 0:
            await self._wait_for_room(backlog)
            return
        self._crowded.pop(backlog.connector_id, None)
        rows = await self._take(backlog, asked)
        if not rows:
            await self._run_dry(backlog, plan)
            return
        executions = [execution for row in rows if (execution := self._ending.unsealed(row, plan)) is not None]
        if not executions:
            await self._put_off(backlog, 0.0)
            return
        self._submit(executions, Round(backlog, plan, asked, len(rows), len(executions), self._close))

    def _submit(self, executions: Sequence[Execution], round_: Round) -> None:
        for execution in executions:
            assert isinstance(execution.origin, ParkedOrigin)
            execution.origin.join(round_)
        try:
            for execution in executions:
                self._line.submit(execution)
        except Exception:
            # Their leases lapse; whoever takes them then finds out what has become of them.
            for execution in executions:
                self._leased.let_go((execution.event.workspace_id, execution.event.execution_id))
            raise

    async def _take(self, backlog: Backlog, most: int) -> list[TakenRow]:
        return await self._store.take(
            self._owner, backlog.connector_id, most, self._lease_seconds, self._admission.generation
        )

    def _not_here(self, rows: Sequence[TakenRow]) -> list[TakenRow]:
        """What is under way here, although its lease had lapsed, comes to its own end."""
        return [row for row in rows if not self._leased.holds((row.workspace_id, row.execution_id))]

    def _share(self, backlog: Backlog, plan: Plan) -> int:
        """How many rows to try: what its budget allows within the horizon, divided among those who share it."""
        room = self._places.room_for(plan)
        if backlog.connector_id in self._cautious:
            return min(1, room)
        queued, in_flight = self._line.queues.waiting(backlog.connector_id)
        here = min(plan.max_in_flight - queued - in_flight, room, TAKE_AT_ONCE)
        return min(here, max(1, slots_within(plan.budget, self._drain_horizon_seconds) // max(1, backlog.sharers)))

    async def _wait_for_room(self, backlog: Backlog) -> None:
        """Longer each time: a connector whose calls hang must not be looked at all the time."""
        if len(self._crowded) >= MOST_CROWDED:
            self._crowded.clear()
        pause = self._crowded.get(backlog.connector_id, NO_ROOM_SECONDS)
        self._crowded[backlog.connector_id] = min(2 * pause, MOST_NO_ROOM_SECONDS)
        await self._put_off(backlog, pause)

    def _close(self, round_: Round) -> None:
        self._closed.append(round_)
        self._loop.wake()

    async def _end_round(self, round_: Round) -> None:
        connector_id = round_.backlog.connector_id
        finding = round_.finding(cautious=connector_id in self._cautious)
        if round_.probed:
            self._cautious.add(connector_id)
        else:
            self._cautious.discard(connector_id)
        if round_.exhausted and round_.asked > 1:
            await self._run_dry(round_.backlog, round_.plan, finding)
        else:
            await self._put_off(round_.backlog, round_.pause_seconds(self._drain_horizon_seconds), finding)

    async def _run_dry(self, backlog: Backlog, plan: Plan, finding: Finding | None = None) -> None:
        """Nothing more is ready: executions of the connector need not queue any longer."""
        try:
            await self._admission.mark_backlog([plan.subject], False)
        except ConnectionError:
            if self._claims.answers(backlog.workspace_id):
                raise
            # Its part of the store is away. What queues behind the mark later is drained, and the mark goes then.
        await self._put_off(backlog, None, finding)

    async def _put_off(self, backlog: Backlog, seconds: float | None, finding: Finding | None = None) -> None:
        await self._store.put_off(self._owner, backlog.connector_id, seconds, finding)
        if seconds is not None:
            at = asyncio.get_running_loop().time() + seconds
            self._look_at = min(self._look_at or at, at)


def slots_within(budget: BudgetSpec, seconds: float) -> int:
    """How many slots a budget has at most in so many seconds."""
    most = budget.max_concurrent or TAKE_AT_ONCE
    for interval_us, tolerance_us in budget.windows:
        room_us = max(0, tolerance_us - (budget.weight - 1) * interval_us)
        most = min(most, int((seconds * 1e6 + room_us) / (interval_us * budget.weight)) + 1)
    for units, span_us in budget.quotas:
        most = min(most, max(1, units // budget.weight) * math.ceil(seconds * 1e6 / span_us))
    return most
