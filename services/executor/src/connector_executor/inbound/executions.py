"""`connector.execute` in: records to executions, offsets out through the window.

FastStream polls and hands over batches; this side never blocks on a call. Commits are explicit, per partition,
of what is finished and nothing else.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import IllegalStateError, KafkaError

from connector_executor.connectors.table import ConnectorTable
from connector_executor.dispatcher import Dispatcher
from connector_executor.execution import Arrival, Execution, Source
from connector_executor.inbound.decode import Unreadable, decode
from connector_executor.inbound.window import Assignments, Identity, Mark, Offsets, RecordOrigin
from connector_executor.metrics import ExecutorMetrics
from connector_executor.outbound.dead import DeadLetters
from connector_executor.parking.envelope import traceparent_of
from connector_executor.parking.parker import Parker
from connectors_shared.contract.execution import ConnectorExecute
from connectors_shared.contract.failure import DeadReason
from connectors_shared.definition.templates import TemplateError
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.intake import Records
from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)
CATCH_UP_SECONDS = 10.0
COMMIT_RETRY_SECONDS = 0.2
MARK_ATTEMPTS = 20
ReadMarks = Callable[[Collection[TopicPartition]], Awaitable[dict[TopicPartition, Mark]]]


async def _no_marks(_partitions: Collection[TopicPartition]) -> dict[TopicPartition, Mark]:
    return {}


def _is_record(execution: Execution) -> bool:
    return execution.arrival is Arrival.RECORD


class Intake(ConsumerRebalanceListener):  # type: ignore[misc]
    """Takes records in, keeps the windows, commits."""

    def __init__(
        self,
        table: ConnectorTable,
        catch_up: Callable[[float], Awaitable[None]],
        dispatcher: Dispatcher,
        parker: Parker,
        dead: DeadLetters,
        clock: Clock,
        metrics: ExecutorMetrics,
        *,
        window_records: int,
        drain_seconds: float,
    ) -> None:
        self._table = table
        self._catch_up = catch_up
        self._dispatcher = dispatcher
        self._parker = parker
        self._dead = dead
        self._clock = clock
        self._metrics = metrics
        self._window_records = window_records
        self._drain_seconds = drain_seconds
        self._tasks: set[asyncio.Task[None]] = set()
        self.assignments = Assignments()
        self.settled: list[Identity] = []
        self.give_up: Callable[[], None] = lambda: None
        self.consumer: Callable[[], AIOKafkaConsumer | None] = lambda: None
        self.generation: Callable[[], str] = lambda: ""
        self.read_marks: ReadMarks = _no_marks
        self.last_progress = clock.monotonic()

    async def on_records(self, records: Records) -> None:
        """One poll's worth. Returns when every record is queued, dead-lettered or being looked up."""
        try:
            await self._cover(records)
            for record in records:
                self._take(record)
        except Exception:
            # A record that is not in its window would be passed by the next commit: end, and have it again.
            log.critical("intake.fault", exc_info=True)
            self.give_up()
            raise
        self._metrics.received.inc(len(records))
        self.balance()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        self.assignments.assign(assigned)
        for partition, mark in (await self._marks(assigned)).items():
            self.assignments.partitions[partition].doubted = mark
        self._metrics.window.clear()
        self.last_progress = self._clock.monotonic()
        self._dispatcher.resume()

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        if revoked:
            await self._dispatcher.drain(self._drain_seconds, _is_record)
            await self._parker.flush(self._drain_seconds)
            await self.commit(final=True)
        self.assignments.revoke()

    async def commit(self, *, final: bool = False) -> None:
        """Commit every watermark that moved; a failure is harmless, the records come again."""
        if not await self._commit(self.assignments.due(self.generation(), final=final)):
            return
        self.last_progress = self._clock.monotonic()

    async def _commit(self, offsets: Offsets) -> bool:
        """False when nothing was committed."""
        consumer = self.consumer()
        if consumer is None or not offsets:
            return False
        try:
            await consumer.commit(offsets)
        except (KafkaError, IllegalStateError) as error:
            log.warning("offsets.uncommitted", why=repr(error))
            return False
        self.settled += self.assignments.note_committed(offsets)
        for partition, committed in offsets.items():
            self._metrics.committed.labels(str(partition.partition)).set(committed.offset)
        return True

    async def _cover(self, records: Records) -> None:
        """Before anything is handed out, Kafka knows how far: what runs when store and process are lost is bounded."""
        reach: dict[TopicPartition, tuple[int, int]] = {}
        for record in records:
            partition = TopicPartition(record.topic, record.partition)
            first, _ = reach.get(partition, (record.offset, record.offset))
            reach[partition] = (first, record.offset)
        while uncovered := self.assignments.uncovered(reach, self.generation()):
            if not await self._commit(uncovered):
                await asyncio.sleep(COMMIT_RETRY_SECONDS)

    async def _marks(self, assigned: set[TopicPartition]) -> dict[TopicPartition, Mark]:
        for attempt in range(1, MARK_ATTEMPTS + 1):
            try:
                return await self.read_marks(assigned)
            except KafkaError as error:
                log.warning("marks.unreadable", attempt=attempt, why=repr(error))
                await asyncio.sleep(COMMIT_RETRY_SECONDS)
        self.give_up()
        return {}

    def balance(self) -> None:
        """Pause partitions at their cap, or all of them while Redis is away; resume below half of it."""
        consumer = self.consumer()
        if consumer is None:
            return
        paused = 0
        for partition, assignment in self.assignments.partitions.items():
            size = len(assignment.window)
            self._metrics.window.labels(str(partition.partition)).set(size)
            if not assignment.paused and (size >= self._window_records or not self._dispatcher.available):
                consumer.pause(partition)
                assignment.paused = True
            elif assignment.paused and size <= self._window_records // 2 and self._dispatcher.available:
                consumer.resume(partition)
                assignment.paused = False
            paused += assignment.paused
        self._metrics.paused.set(paused)
        self._metrics.queued.set(self._dispatcher.lanes.queued)

    def _take(self, record: ConsumerRecord) -> None:
        origin = self.assignments.seen(TopicPartition(record.topic, record.partition), record.offset)
        if origin is None:
            return
        try:
            event = decode(record)
        except Exception as error:
            log.exception("execution.undecodable", offset=record.offset, partition=record.partition)
            detail = f"decoding failed: {type(error).__name__}"
            event = Unreadable(DeadReason.REPEATED_FAULT, detail)
        source = _source(record)
        if isinstance(event, Unreadable):
            self._later(self._bury(source, origin, event.reason, event.detail))
        elif not self._submit(source, origin, event):
            self._later(self._look_up(source, origin, event))

    def _submit(self, source: Source, origin: RecordOrigin, event: ConnectorExecute) -> bool:
        """False when the connector is not in the table, or belongs to another workspace."""
        try:
            plan = self._table.plan(event.connector_id)
        except TemplateError as error:
            self._later(self._bury(source, origin, DeadReason.INVALID_MESSAGE, f"connector: {error}"))
            return True
        if plan is None or plan.published.workspace_id != event.workspace_id:
            return False
        execution = Execution(event, plan, origin, self._clock.monotonic(), source)
        execution.traceparent = traceparent_of(source.headers)
        execution.handed_under = self.assignments.handed_under(origin)
        self.assignments.identify(origin, (execution.workspace_id, execution.id))
        self._dispatcher.submit(execution)
        return True

    async def _look_up(self, source: Source, origin: RecordOrigin, event: ConnectorExecute) -> None:
        """Read definitions up to the topic's present end once; then it is known or it does not exist."""
        while True:
            try:
                await self._catch_up(CATCH_UP_SECONDS)
                break
            except (TimeoutError, KafkaError) as error:
                log.warning("config.behind", why=repr(error))
                await asyncio.sleep(1.0)
        if not self._submit(source, origin, event):
            detail = f"connector {event.connector_id} is not published in workspace {event.workspace_id}"
            await self._bury(source, origin, DeadReason.UNKNOWN_CONNECTOR, detail)

    async def _bury(self, source: Source, origin: RecordOrigin, reason: DeadReason, detail: str) -> None:
        await self._dead.bury(source, reason, detail)
        origin.finished(b"")

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _source(record: ConsumerRecord) -> Source:
    return Source(record.value or b"", record.key, tuple(record.headers), record.topic, record.partition, record.offset)
