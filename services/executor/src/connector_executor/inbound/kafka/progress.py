"""Whether every partition moves, and who holds one that does not."""

from dataclasses import dataclass

from aiokafka import TopicPartition

from connector_executor.execution import Execution
from connector_executor.inbound.kafka.commits import Commits
from connector_executor.inbound.kafka.reception import Reception
from connector_executor.inbound.kafka.window import Assignments, RecordOrigin, Stall
from connector_executor.scheduling.line import Line
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.supervision import Supervisor

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Watermark:
    """Of one partition: everything below `offset` is finished (None: nothing has been delivered yet).

    `records` from there on have been delivered and are not finished; for `seconds` the first of them has been that.
    `holder` is the execution of that one; None: there is none, or the record is being looked up or set aside.
    """

    partition: int
    offset: int | None
    records: int
    seconds: float
    holder: Execution | None = None
    admitted: bool = False


class RecordLostError(Exception):
    """A record is unfinished, and nobody here works on it: only a new delivery can finish it."""


class Progress:
    """A partition that has not moved for `stall_seconds` is looked into.

    A call that may take longer is waited for; it is named nevertheless.
    """

    def __init__(
        self,
        assignments: Assignments,
        commits: Commits,
        reception: Reception,
        line: Line,
        supervisor: Supervisor,
        clock: Clock,
        *,
        stall_seconds: float,
    ) -> None:
        self._assignments = assignments
        self._commits = commits
        self._reception = reception
        self._line = line
        self._supervisor = supervisor
        self._clock = clock
        self._stall_seconds = stall_seconds
        self._told: set[tuple[int, int]] = set()

    def look(self) -> None:
        """Once in a while; a partition that moves is noticed by it, too."""
        now = self._clock.monotonic()
        self._assignments.look(now)
        stalls = self._assignments.stalls(now, self._stall_seconds)
        for stall in stalls:
            self._tell(stall)
        self._told &= {(stall.partition.partition, stall.offset) for stall in stalls}

    def problem(self) -> str | None:
        """One sentence, about the partition that has stood the longest."""
        now = self._clock.monotonic()
        self._assignments.look(now)
        stalls = [stall for stall in self._assignments.stalls(now, self._stall_seconds) if not self._may_last(stall)]
        if stalls:
            return self._sentence(max(stalls, key=lambda stall: stall.seconds))
        idle = now - self._commits.last_success
        if idle > self._stall_seconds and any(a.uncommitted for a in self._assignments.partitions.values()):
            return f"offsets could not be committed for {idle:.0f} s"
        return None

    def watermarks(self) -> list[Watermark]:
        """Of all partitions that this process has, in order."""
        now = self._clock.monotonic()
        self._assignments.look(now)
        partitions = sorted(self._assignments.partitions, key=lambda each: each.partition)
        return [self._watermark(partition, now) for partition in partitions]

    def _watermark(self, partition: TopicPartition, now: float) -> Watermark:
        assignment = self._assignments.partitions[partition]
        if assignment.oldest is None:
            return Watermark(partition.partition, assignment.window.watermark, 0, 0.0)
        stands = Stall(partition, assignment.oldest, now - assignment.moved_at)
        holder = self._holder(stands)
        admitted = holder is not None and holder.id in self._line.claimed
        return Watermark(partition.partition, stands.offset, assignment.records, stands.seconds, holder, admitted)

    def _tell(self, stall: Stall) -> None:
        holder = self._holder(stall)
        if holder is None and not self._in_hand(stall):
            self._supervisor.fault(RecordLostError(self._sentence(stall)))
        elif (stall.partition.partition, stall.offset) not in self._told:
            self._told.add((stall.partition.partition, stall.offset))
            log.warning("partition.stalled", why=self._sentence(stall))

    def _may_last(self, stall: Stall) -> bool:
        """All attempts together may take longer."""
        holder = self._holder(stall)
        return holder is not None and stall.seconds <= holder.plan.total_seconds

    def _sentence(self, stall: Stall) -> str:
        where = f"partition {stall.partition.partition} stands at offset {stall.offset} for {stall.seconds:.0f} s"
        holder = self._holder(stall)
        if holder is None:
            return f"{where}: a record that is being looked up or set aside"
        return (
            f"{where}: execution {holder.id} of connector {holder.connector_id}, attempt {holder.attempt}, "
            f"{'admitted' if holder.id in self._line.claimed else 'waiting'}"
        )

    def _holder(self, stall: Stall) -> Execution | None:
        return self._line.find(lambda execution: _is_of(execution.origin, stall))

    def _in_hand(self, stall: Stall) -> bool:
        return any(_is_of(origin, stall) for origin in self._reception.in_hand)


def _is_of(origin: object, stall: Stall) -> bool:
    return isinstance(origin, RecordOrigin) and origin.partition == stall.partition and origin.offset == stall.offset
