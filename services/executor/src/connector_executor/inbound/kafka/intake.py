"""The inlet of Kafka's records: batches in, rebalances, pauses. It never blocks on a call."""

from collections.abc import Mapping

from aiokafka import TopicPartition

from connector_executor.execution import Arrival, Execution
from connector_executor.inbound.kafka.commits import Commits
from connector_executor.inbound.kafka.progress import Progress
from connector_executor.inbound.kafka.reception import Reception
from connector_executor.inbound.kafka.room import Room
from connector_executor.inbound.kafka.window import Assignment, Assignments
from connector_executor.metrics import ExecutorMetrics
from connector_executor.outbound.outbox import Outbox
from connector_executor.parking.parker import Parker
from connector_executor.scheduling.claims import Claims
from connector_executor.scheduling.drain import Drain
from connector_executor.scheduling.line import Line
from connectors_shared.runtime.intake import Records
from connectors_shared.runtime.subscription import Subscription

IN_HAND_SECONDS = 5.0
"""For dead letters on their way when partitions are given up: Kafka takes them at once, or is away."""


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
        outbox: Outbox,
        metrics: ExecutorMetrics,
        *,
        room: Room,
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
        self._outbox = outbox
        self._metrics = metrics
        self._room = room
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
        await self._reception.until_empty(IN_HAND_SECONDS)
        await self._commits.commit(final=True)
        self._release()
        await self._subscription.stop()

    async def assigned(self, partitions: set[TopicPartition], epoch: int) -> None:
        """What earlier owners may have handed out is known before the first record is."""
        self._assignments.assign(partitions, epoch)
        for partition, mark in (await self._commits.marks(partitions)).items():
            if partition in self._assignments.partitions:  # unless this process has closed meanwhile
                self._assignments.partitions[partition].doubted = mark
        self._metrics.window.clear()
        self.balance()
        if not self._halted:
            self._drain.resume()

    async def revoked(self, partitions: set[TopicPartition]) -> None:
        if partitions:
            await self._drain.until_empty(self._drain_seconds, _is_record)
            await self._parker.flush(self._drain_seconds)
            await self._reception.until_empty(IN_HAND_SECONDS)
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
        """Once a second: commit, pause or resume, and see whether all partitions move."""
        await self._commits.commit()
        self.balance()
        self._report(self._assignments.partitions)
        self._progress.look()

    def balance(self) -> None:
        """Pause partitions without room; all of them while Redis is away, or too much is in hand or waits for Kafka."""
        consumer = self._subscription.consumer
        if consumer is None:
            return
        partitions = self._assignments.partitions
        open_ = self._claims.available and not (self._halted or self._reception.crowded or self._outbox.full)
        turn = self._room.turn(partitions, open_)
        for paused, changed in ((True, turn.pause), (False, turn.resume)):
            for partition in changed:
                partitions[partition].paused = paused
        consumer.pause(*turn.pause)
        consumer.resume(*turn.resume)

    def _report(self, partitions: Mapping[TopicPartition, Assignment]) -> None:
        for partition, assignment in partitions.items():
            self._metrics.window.labels(str(partition.partition)).set(assignment.records)
        self._metrics.waiting_bytes.set(sum(assignment.bytes for assignment in partitions.values()))
        self._metrics.paused.set(sum(assignment.paused for assignment in partitions.values()))
        self._metrics.queued.set(self._line.queues.queued)

    def _release(self) -> None:
        self._assignments.revoke()
        self._commits.abandon()
