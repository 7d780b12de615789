"""The end of every execution: keep the outcome, publish it, finish the offset. In this order.

Kept before it is published, so that after a crash the same bytes are published again instead of another call. What
its topic does not take is published in its smallest form, and what it does not take even then is a dead letter.
"""

import asyncio
from functools import partial

import msgspec
from aiokafka.structs import RecordMetadata

from connector_executor.admission.port import Admission, Completion, PartedAdmission, Position
from connector_executor.execution import Arrival, Execution
from connector_executor.metrics import ExecutorMetrics
from connector_executor.outbound.dead import DeadLetters
from connector_executor.outbound.outbox import Outbox
from connector_executor.outcome import Outcome, outcome_name
from connector_executor.recovery.recall import Recall
from connector_executor.recovery.settling import Settling
from connector_executor.result import encoded_result, smallest_result
from connector_executor.scheduling.line import Line
from connector_executor.scheduling.places import URGENT, Places
from connectors_shared.contract.failure import DeadReason, FailureType
from connectors_shared.contract.topics import RESULT
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.loops import Collector
from connectors_shared.runtime.outgoing import RecordProducer
from connectors_shared.runtime.persist import is_outage, pause_seconds, persist
from connectors_shared.runtime.supervision import Supervisor, together

log = get_logger(__name__)

FINISH_AT_ONCE = 256
COLLECT_ABOVE = 128
COLLECT_SECONDS = 0.008
"""With more calls than that under way, outcomes are kept several at once, so much later."""
FEW_COLLECT_SECONDS = 0.002
"""The same with fewer: calls that began together end together. The last one under way waits for nobody."""


class Finished(msgspec.Struct):
    """An execution with its encoded result. `kept` once the admission has stored it; `smallest`: what is published
    instead of the message, because its topic does not take that. `size`: what it takes in memory, in bytes.
    `failures`: of its publication.
    """

    execution: Execution
    outcome: str
    message: bytes
    size: int
    kept: bool = False
    smallest: bytes | None = None
    failures: int = 0


class Finisher:
    """Batches completions into one call of the admission and one burst of the producer.

    Keeping and publishing are two loops: while Kafka takes nothing, outcomes are still kept, so that another
    executor may publish them.
    """

    def __init__(
        self,
        admission: PartedAdmission,
        producer: RecordProducer,
        topic: str,
        dead: DeadLetters,
        settling: Settling,
        recall: Recall,
        line: Line,
        places: Places,
        outbox: Outbox,
        supervisor: Supervisor,
        clock: Clock,
        metrics: ExecutorMetrics,
        *,
        max_result_bytes: int,
    ) -> None:
        self._admission = admission
        self._producer = producer
        self._topic = topic
        self._dead = dead
        self._settling = settling
        self._recall = recall
        self._line = line
        self._places = places
        self._outbox = outbox
        self._supervisor = supervisor
        self._clock = clock
        self._metrics = metrics
        self._max_result_bytes = max_result_bytes
        self._unkept = [
            Collector(partial(self._keep, part), most=FINISH_AT_ONCE, delay=self._collect_seconds)
            for part in admission.parts
        ]
        """One for each part of the store: where one is away, the outcomes of the others are kept."""
        self._unpublished = Collector(self._publish, most=FINISH_AT_ONCE)

    def finish(self, execution: Execution, outcome: Outcome) -> None:
        """The outcome is known; returns at once."""
        message, told = encoded_result(
            execution, outcome, self._clock.now(), most_data=self._max_result_bytes, most=RESULT.largest
        )
        self._begin(execution, outcome_name(told), message)

    def republish(self, execution: Execution, message: bytes) -> None:
        """The outcome was kept by an earlier run: publish the same bytes again."""
        self._begin(execution, "republished", message, kept=True)

    def drop(self, execution: Execution) -> None:
        """A repeat of an execution whose result is published."""
        self._line.finished(execution, b"")

    def recall(self, execution: Execution, position: Position) -> None:
        """A repeat whose caller waits: the published result is read back, and is the answer if it is still there."""

        async def tell() -> None:
            self._line.finished(execution, await self._recall(position, execution.id) or b"")

        self._supervisor.start(tell())

    async def run(self) -> None:
        """Keep and publish, for ever. Cancel to stop, after the line is drained."""
        await together(*(unkept.run() for unkept in self._unkept), self._unpublished.run())

    def _collect_seconds(self) -> float:
        under_way = self._places.taken
        if under_way > COLLECT_ABOVE:
            return COLLECT_SECONDS
        return FEW_COLLECT_SECONDS if under_way else 0.0

    async def _keep(self, part: Admission, unkept: list[Finished]) -> None:
        completions = [Completion(finished.execution.ask(), finished.message) for finished in unkept]
        kept = await persist("outcomes.keep", lambda: part.complete(completions))
        for finished, message in zip(unkept, kept, strict=True):
            finished.kept = True
            finished.message = message or b""
        self._unpublished.extend(unkept)

    async def _publish(self, unpublished: list[Finished]) -> None:
        for finished in unpublished:
            await self._publish_one(finished)

    async def _publish_one(self, finished: Finished) -> None:
        if finished.execution.trace is not None:  # told to whoever asked for the trial, and to nobody else
            self._settling.ended(finished.execution, None)
            self._end(finished)
            return
        if not finished.message:
            self._end(finished)
            return
        try:
            sent = await self._producer.send(
                self._topic,
                value=finished.smallest or finished.message,
                key=finished.execution.event.key,
                headers=_headers(finished.execution),
            )
        except Exception as error:
            self._unpublished_after(finished, error)
            return
        sent.add_done_callback(lambda future: self._told(finished, future))

    def _told(self, finished: Finished, future: asyncio.Future[RecordMetadata]) -> None:
        try:
            self._published(finished, future)
        except Exception as fault:  # the event loop would swallow it, and the execution never end
            self._supervisor.fault(fault)

    def _published(self, finished: Finished, future: asyncio.Future[RecordMetadata]) -> None:
        error = None if future.cancelled() else future.exception()
        if future.cancelled() or error is not None:
            self._unpublished_after(finished, error)
            return
        execution, sent = finished.execution, future.result()
        self._settling.ended(execution, Position(sent.partition, sent.offset))
        self._metrics.results.inc(finished.outcome)
        self._metrics.execution_seconds.observe(self._clock.monotonic() - execution.received)
        self._end(finished)

    def _unpublished_after(self, finished: Finished, error: BaseException | None) -> None:
        execution, value = finished.execution, finished.smallest or finished.message
        log.warning("result.unpublished", execution_id=execution.id, bytes=len(value), why=repr(error))
        if error is not None and not is_outage(error):
            detail = f"it has run; its result cannot be published: the executor fails on it ({type(error).__name__})"
            self._supervisor.start(self._dead_letter(finished, DeadReason.REPEATED_FAULT, detail))
        elif self._producer.fits(self._topic, value, execution.event.key, _headers(execution)):
            finished.failures += 1
            asyncio.get_running_loop().call_later(pause_seconds(finished.failures), self._enqueue, finished)
        elif finished.smallest is None and (smallest := smallest_result(finished.message)):
            finished.smallest, finished.outcome = smallest, FailureType.RESULT_TOO_LARGE.value
            self._enqueue(finished)
        else:
            size = f"its result of {len(finished.message)} bytes is larger than {self._topic} takes"
            detail = f"it has run; {size}, and so is the smallest form"
            self._supervisor.start(self._dead_letter(finished, DeadReason.TOO_LARGE, detail))

    async def _dead_letter(self, finished: Finished, reason: DeadReason, detail: str) -> None:
        """No message on the topic says how it ended: an operator has to see it."""
        execution = finished.execution
        await self._dead.write(execution.source, reason, detail)
        self._settling.ended(execution, None)
        self._end(finished)

    def _begin(self, execution: Execution, outcome: str, message: bytes, *, kept: bool = False) -> None:
        finished = Finished(execution, outcome, message, len(message) + execution.source.memory_bytes, kept)
        self._outbox.add(finished.size)
        self._enqueue(finished)

    def _end(self, finished: Finished) -> None:
        """Kafka has it, or it was out before."""
        self._outbox.remove(finished.size)
        self._line.finished(finished.execution, finished.message)

    def _enqueue(self, finished: Finished) -> None:
        if finished.kept:
            self._unpublished.add(finished)
            return
        unkept = self._unkept[self._admission.part_of(finished.execution.workspace_id)]
        unkept.add(finished)
        if _is_waited_for(finished.execution) and self._places.taken <= COLLECT_ABOVE:
            unkept.hurry()


def _is_waited_for(execution: Execution) -> bool:
    """Somebody looks at a clock meanwhile."""
    return execution.arrival is Arrival.CALLER or execution.priority == URGENT


def _headers(execution: Execution) -> list[tuple[str, bytes]]:
    return [("traceparent", execution.traceparent.encode())] if execution.traceparent else []
