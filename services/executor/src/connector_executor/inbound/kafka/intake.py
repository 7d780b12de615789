"""The inlet of Kafka's records: batches in, rebalances, pauses. It never blocks on a call."""

from aiokafka import TopicPartition
from aiokafka.abc import ConsumerRebalanceListener

from connector_executor.execution import Arrival, Execution
from connector_executor.inbound.kafka.commits import Commits
from connector_executor.inbound.kafka.reception import Reception
from connector_executor.inbound.kafka.window import Assignments
from connector_executor.lifecycle import Supervisor
from connector_executor.metrics import ExecutorMetrics
from connector_executor.parking.parker import Parker
from connector_executor.scheduling.claims import Claims
from connector_executor.scheduling.drain import Drain
from connector_executor.scheduling.line import Line
from connectors_shared.runtime.intake import Records, Subscription


def _is_record(execution: Execution) -> bool:
    return execution.arrival is Arrival.RECORD


class KafkaIntake(ConsumerRebalanceListener):  # type: ignore[misc]
    """Listens to its subscription: what is delivered goes to the reception, what is finished to the commits."""

    def __init__(
        self,
        subscription: Subscription,
        assignments: Assignments,
        commits: Commits,
        reception: Reception,
        line: Line,
        claims: Claims,
        drain: Drain,
        parker: Parker,
        supervisor: Supervisor,
        metrics: ExecutorMetrics,
        *,
        window_records: int,
        drain_seconds: float,
    ) -> None:
        self._subscription = subscription
        self._assignments = assignments
        self._commits = commits
        self._reception = reception
        self._line = line
        self._claims = claims
        self._drain = drain
        self._parker = parker
        self._supervisor = supervisor
        self._metrics = metrics
        self._window_records = window_records
        self._drain_seconds = drain_seconds

    async def start(self) -> None:
        await self._subscription.start(self.on_records, self)

    def halt(self) -> None:
        consumer = self._subscription.consumer
        if consumer is not None:
            consumer.pause(*self._assignments.partitions)

    async def close(self) -> None:
        """Commit what is finished, and leave the group."""
        await self._commits.commit(final=True)
        self._assignments.revoke()
        await self._subscription.stop()
        await self._commits.settle()

    async def on_records(self, records: Records) -> None:
        """One poll's worth. Returns when every record is queued, dead-lettered or being looked up."""
        try:
            await self._commits.cover(records)
            for record in records:
                self._reception.take(record)
        except Exception as error:
            # A record that is not in its window would be passed by the next commit: end, and have it again.
            self._supervisor.fault(error)
            raise
        self._metrics.received.inc(len(records))
        self.balance()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        self._assignments.assign(assigned)
        try:
            marks = await self._commits.marks(assigned)
        except Exception as error:
            self._supervisor.fault(error)
            raise
        for partition, mark in marks.items():
            self._assignments.partitions[partition].doubted = mark
        self._metrics.window.clear()
        self._commits.begin()
        self._drain.resume()

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        if revoked:
            await self._drain.until_empty(self._drain_seconds, _is_record)
            await self._parker.flush(self._drain_seconds)
            await self._commits.commit(final=True)
        self._assignments.revoke()

    async def tend(self) -> None:
        """Once a second: commit, pause or resume, and let the store forget what is safe."""
        await self._commits.commit()
        self.balance()
        await self._commits.settle()

    def balance(self) -> None:
        """Pause partitions at their cap, or all of them while Redis is away; resume below half of it."""
        consumer = self._subscription.consumer
        if consumer is None:
            return
        available, paused = self._claims.available, 0
        for partition, assignment in self._assignments.partitions.items():
            size = len(assignment.window)
            self._metrics.window.labels(str(partition.partition)).set(size)
            if not assignment.paused and (size >= self._window_records or not available):
                consumer.pause(partition)
                assignment.paused = True
            elif assignment.paused and size <= self._window_records // 2 and available:
                consumer.resume(partition)
                assignment.paused = False
            paused += assignment.paused
        self._metrics.paused.set(paused)
        self._metrics.queued.set(self._line.lanes.queued)
