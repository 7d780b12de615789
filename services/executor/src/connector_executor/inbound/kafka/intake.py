"""The inlet of Kafka's records: batches in, rebalances, pauses. It never blocks on a call."""

from aiokafka import TopicPartition

from connector_executor.execution import Arrival, Execution
from connector_executor.inbound.kafka.commits import Commits
from connector_executor.inbound.kafka.progress import Progress
from connector_executor.inbound.kafka.reception import Reception
from connector_executor.inbound.kafka.window import Assignments
from connector_executor.metrics import ExecutorMetrics
from connector_executor.parking.parker import Parker
from connector_executor.scheduling.claims import Claims
from connector_executor.scheduling.drain import Drain
from connector_executor.scheduling.line import Line
from connectors_shared.runtime.intake import Records
from connectors_shared.runtime.subscription import Subscription


def _is_record(execution: Execution) -> bool:
    return execution.arrival is Arrival.RECORD


class KafkaIntake:
    """The member of its subscription: what is delivered goes to the reception, what is finished to the commits."""

    def __init__(
        self,
        subscription: Subscription,
        assignments: Assignments,
        commits: Commits,
        reception: Reception,
        progress: Progress,
        line: Line,
        claims: Claims,
        drain: Drain,
        parker: Parker,
        metrics: ExecutorMetrics,
        *,
        window_records: int,
        drain_seconds: float,
    ) -> None:
        self._subscription = subscription
        self._assignments = assignments
        self._commits = commits
        self._reception = reception
        self._progress = progress
        self._line = line
        self._claims = claims
        self._drain = drain
        self._parker = parker
        self._metrics = metrics
        self._window_records = window_records
        self._drain_seconds = drain_seconds
        self._halted = False

    async def start(self) -> None:
        await self._subscription.start(self)

    def halt(self) -> None:
        """Partitions that are assigned from now on are not begun either."""
        self._halted = True
        self.balance()

    async def close(self) -> None:
        """Commit what is finished, and leave the group."""
        await self._commits.commit(final=True)
        self._release()
        await self._subscription.stop()
        await self._commits.settle()

    async def assigned(self, partitions: set[TopicPartition], epoch: int) -> None:
        """What earlier owners may have handed out is known before the first record is."""
        self._assignments.assign(partitions, epoch)
        for partition, mark in (await self._commits.marks(partitions)).items():
            self._assignments.partitions[partition].doubted = mark
        self._metrics.window.clear()
        self.balance()
        if not self._halted:
            self._drain.resume()

    async def revoked(self, partitions: set[TopicPartition]) -> None:
        if partitions:
            await self._drain.until_empty(self._drain_seconds, _is_record)
            await self._parker.flush(self._drain_seconds)
            await self._commits.commit(final=True)
        self._release()

    async def take(self, records: Records, epoch: int) -> None:
        """One poll's worth. Returns when every record is queued, dead-lettered or being looked up.

        An error is a fault: a record that is not in its window would be passed by the next commit.
        """
        await self._commits.cover(records, epoch)
        for record in records:
            self._reception.take(record, epoch)
        self._metrics.received.inc(len(records))
        self.balance()

    async def tend(self) -> None:
        """Once a second: commit, pause or resume, see whether all partitions move, and let the store forget."""
        await self._commits.commit()
        self.balance()
        self._progress.look()
        await self._commits.settle()

    def balance(self) -> None:
        """Pause partitions at their cap, all of them while Redis is away or too much is in hand; resume below half."""
        consumer = self._subscription.consumer
        if consumer is None:
            return
        available, paused = self._claims.available and not self._halted and not self._reception.crowded, 0
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

    def _release(self) -> None:
        self._assignments.revoke()
        self._commits.abandon()
