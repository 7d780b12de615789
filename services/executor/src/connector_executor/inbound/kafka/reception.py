"""From a record to an execution in the line, or to a dead letter."""

import asyncio

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from connector_executor.connectors.table import ConnectorTable
from connector_executor.execution import Execution, Source
from connector_executor.inbound.decode import Unreadable, decode
from connector_executor.inbound.definitions import CatchUp
from connector_executor.inbound.kafka.window import Assignments, RecordOrigin
from connector_executor.lifecycle import Supervisor
from connector_executor.outbound.dead import DeadLetters
from connector_executor.parking.envelope import traceparent_of
from connector_executor.scheduling.line import Line
from connectors_shared.contract.execution import ConnectorExecute
from connectors_shared.contract.failure import DeadReason
from connectors_shared.definition.templates import TemplateError
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)
CATCH_UP_SECONDS = 10.0
RETRY_SECONDS = 1.0


class Reception:
    """Takes records one by one; never waits."""

    def __init__(
        self,
        table: ConnectorTable,
        catch_up: CatchUp,
        assignments: Assignments,
        line: Line,
        dead: DeadLetters,
        supervisor: Supervisor,
        clock: Clock,
    ) -> None:
        self._table = table
        self._catch_up = catch_up
        self._assignments = assignments
        self._line = line
        self._dead = dead
        self._supervisor = supervisor
        self._clock = clock

    def take(self, record: ConsumerRecord) -> None:
        """Returns when it is in the line, being buried, or being looked up."""
        origin = self._assignments.seen(TopicPartition(record.topic, record.partition), record.offset)
        if origin is None:
            return
        event, source = decode(record), _source(record)
        if isinstance(event, Unreadable):
            self._supervisor.start(self._bury(source, origin, event.reason, event.detail))
        elif not self._submit(source, origin, event):
            self._supervisor.start(self._look_up(source, origin, event))

    def _submit(self, source: Source, origin: RecordOrigin, event: ConnectorExecute) -> bool:
        """False when the connector is not in the table, or belongs to another workspace."""
        try:
            plan = self._table.plan(event.connector_id)
        except TemplateError as error:
            self._supervisor.start(self._bury(source, origin, DeadReason.INVALID_MESSAGE, f"connector: {error}"))
            return True
        if plan is None or plan.published.workspace_id != event.workspace_id:
            return False
        execution = Execution(event, plan, origin, self._clock.monotonic(), source)
        execution.traceparent = traceparent_of(source.headers)
        execution.handed_under = self._assignments.handed_under(origin)
        self._assignments.identify(origin, (execution.workspace_id, execution.id))
        self._line.submit(execution)
        return True

    async def _look_up(self, source: Source, origin: RecordOrigin, event: ConnectorExecute) -> None:
        """Read definitions up to the topic's present end once; then it is known or it does not exist."""
        while True:
            try:
                await self._catch_up(CATCH_UP_SECONDS)
                break
            except (TimeoutError, KafkaError) as error:
                log.warning("config.behind", why=repr(error))
                await asyncio.sleep(RETRY_SECONDS)
        if not self._submit(source, origin, event):
            detail = f"connector {event.connector_id} is not published in workspace {event.workspace_id}"
            await self._bury(source, origin, DeadReason.UNKNOWN_CONNECTOR, detail)

    async def _bury(self, source: Source, origin: RecordOrigin, reason: DeadReason, detail: str) -> None:
        await self._dead.bury(source, reason, detail)
        origin.finished(b"")


def _source(record: ConsumerRecord) -> Source:
    return Source(record.value or b"", record.key, tuple(record.headers), record.topic, record.partition, record.offset)
