"""From a record to an execution in the line, or to a dead letter."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from aiokafka import ConsumerRecord

from connector_executor.connectors.plan import Plan
from connector_executor.connectors.standin import unknown_plan
from connector_executor.connectors.table import ConnectorTable
from connector_executor.execution import Execution, Source
from connector_executor.inbound.decode import Unreadable, decode
from connector_executor.inbound.kafka.window import Assignments, RecordOrigin
from connector_executor.inbound.lookups import Lookups
from connector_executor.outbound.dead import DeadLetters
from connector_executor.parking.envelope import traceparent_of
from connector_executor.scheduling.line import Line
from connectors_shared.contract.execution import ConnectorExecute
from connectors_shared.contract.failure import DeadReason
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.supervision import Supervisor

log = get_logger(__name__)
Work = Coroutine[Any, Any, None]
MOST_IN_HAND = 1_000
"""Records being looked up or dead-lettered at which no more are taken in."""


class Reception:
    """Takes records one by one; never waits.

    `in_hand` are those that are neither in the line nor finished, each with what is being done about it.
    """

    def __init__(
        self,
        table: ConnectorTable,
        lookups: Lookups,
        assignments: Assignments,
        line: Line,
        dead: DeadLetters,
        supervisor: Supervisor,
        clock: Clock,
    ) -> None:
        self._table = table
        self._lookups = lookups
        self._assignments = assignments
        self._line = line
        self._dead = dead
        self._supervisor = supervisor
        self._clock = clock
        self._crowded = False
        self.in_hand: dict[RecordOrigin, asyncio.Task[None]] = {}

    @property
    def crowded(self) -> bool:
        """From the ceiling down to half of it."""
        self._crowded = len(self.in_hand) >= (MOST_IN_HAND // 2 if self._crowded else MOST_IN_HAND)
        return self._crowded

    async def until_empty(self, timeout_seconds: float) -> None:
        """Nothing is in hand, or the time has run out.

        A dead letter that is written, and whose offset is not committed, is written again by whoever comes next.
        """
        try:
            async with asyncio.timeout(timeout_seconds):
                while self.in_hand:
                    await asyncio.wait(self.in_hand.values())
        except TimeoutError:
            log.warning("reception.incomplete", in_hand=len(self.in_hand))

    def take(self, record: ConsumerRecord, epoch: int) -> None:
        """Returns when it is in the line, being dead-lettered or looked up; or dropped, since its epoch is over."""
        # A tuple is equal to its TopicPartition, and costs a tenth of it.
        origin = self._assignments.seen((record.topic, record.partition), record.offset, epoch)
        if origin is None:
            return
        source, event = _source(record), decode(record)
        self._assignments.weigh(origin, source.memory_bytes)
        if isinstance(event, Unreadable):
            self._hold(origin, self._dead_letter(source, origin, event))
            return
        work = self._submit(source, origin, event)
        if work is not None:
            self._hold(origin, work)

    def _submit(
        self, source: Source, origin: RecordOrigin, event: ConnectorExecute, *, looked_up: bool = False
    ) -> Work | None:
        """What is still to be done; None when it is in the line.

        A plan that is made for a record counts as a part of it: where each is of another connector, plans take more
        than records do. A fault of ours on one record is its end, not that of every executor in turn.
        """
        compiled = self._table.compiled_bytes
        try:
            plan = self._plan(event)
            self._assignments.weigh(origin, self._table.compiled_bytes - compiled)
            known = plan is not None and self._table.has_version(plan, event.connector_version)
            if not known and not looked_up:
                return self._look_up(source, origin, event)
            plan = plan or unknown_plan(event.connector_id, event.workspace_id)
            self._enter(source, origin, event, self._table.version(plan, event.connector_version))
        except Exception as error:
            log.error("execution.unreceivable", partition=source.partition, offset=source.offset, exc_info=error)
            why = Unreadable(DeadReason.REPEATED_FAULT, f"the executor fails on it ({type(error).__name__})")
            return self._dead_letter(source, origin, why)
        return None

    def _plan(self, event: ConnectorExecute) -> Plan | None:
        """None when the connector is not known, or belongs to another workspace."""
        plan = self._table.plan(event.connector_id)
        return plan if plan is not None and plan.workspace_id == event.workspace_id else None

    def _enter(self, source: Source, origin: RecordOrigin, event: ConnectorExecute, plan: Plan) -> None:
        execution = Execution(event, plan, origin, self._clock.monotonic(), source)
        execution.traceparent = traceparent_of(source.headers)
        execution.asked_at_ms = _asked_at_ms(source, execution.event.requested_at_ms)
        execution.handed_under = self._assignments.handed_under(origin)
        self._assignments.identify(origin, (execution.workspace_id, execution.id))
        self._line.submit(execution)

    async def _look_up(self, source: Source, origin: RecordOrigin, event: ConnectorExecute) -> None:
        """Once definitions are read up to the topic's present end the connector is known, and its version, or they do
        not exist.
        """
        await self._lookups.catch_up()
        if not self._assignments.has(origin):
            return
        work = self._submit(source, origin, event, looked_up=True)
        if work is not None:
            await work

    async def _dead_letter(self, source: Source, origin: RecordOrigin, why: Unreadable) -> None:
        await self._dead.write(source, why.reason, why.detail)
        origin.finished(b"")

    def _hold(self, origin: RecordOrigin, work: Work) -> None:
        task = self.in_hand[origin] = self._supervisor.start(work)
        task.add_done_callback(lambda _task: self.in_hand.pop(origin, None))


def _asked_at_ms(source: Source, requested_at_ms: int | None) -> int:
    """A repeat has a later timestamp than the first record, but asks for the same moment."""
    return source.timestamp_ms if requested_at_ms is None else max(1, min(source.timestamp_ms, requested_at_ms))


def _source(record: ConsumerRecord) -> Source:
    return Source(
        record.value or b"",
        record.key,
        tuple(record.headers),
        record.topic,
        record.partition,
        record.offset,
        record.timestamp,
    )
