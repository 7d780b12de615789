"""The end of every execution: keep the outcome, publish it, finish the offset. In this order.

Kept before it is published, so that after a crash the same bytes are published again instead of another call.
"""

import asyncio
from collections import deque
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer

from connector_executor.admission.port import Admission, Completion
from connector_executor.execution import Execution
from connector_executor.metrics import ExecutorMetrics
from connector_executor.outcome import Failure, Outcome, Success, outcome_name, result_of
from connector_executor.scheduling.line import Line
from connector_executor.scheduling.places import Places
from connectors_shared.contract.failure import FailureType
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)

MESSAGE_ROOM_BYTES = 96 * 1024
"""Between the largest result and the largest message: ids, attempts and the mapping carried through."""
RETRY_SECONDS = 0.5
FINISH_AT_ONCE = 256
COLLECT_ABOVE = 128
COLLECT_SECONDS = 0.004
"""With more calls than that under way, outcomes are kept several at once, so much later."""


@dataclass(slots=True)
class Finished:
    """An execution with its encoded result. `kept` once the admission has stored it."""

    execution: Execution
    outcome: str
    message: bytes
    kept: bool = False


class Finisher:
    """Batches completions into one call of the admission and one burst of the producer.

    Keeping and publishing are two loops: while Kafka takes nothing, outcomes are still kept, so that another
    executor may publish them.
    """

    def __init__(
        self,
        admission: Admission,
        producer: AIOKafkaProducer,
        topic: str,
        line: Line,
        places: Places,
        clock: Clock,
        metrics: ExecutorMetrics,
        *,
        max_result_bytes: int,
    ) -> None:
        self._admission = admission
        self._producer = producer
        self._topic = topic
        self._line = line
        self._places = places
        self._clock = clock
        self._metrics = metrics
        self._max_message_bytes = max_result_bytes + MESSAGE_ROOM_BYTES
        self._unkept: list[Finished] = []
        self._unpublished: deque[Finished] = deque()
        self._to_keep = asyncio.Event()
        self._to_publish = asyncio.Event()

    def finish(self, execution: Execution, outcome: Outcome) -> None:
        """The outcome is known; returns at once."""
        self._enqueue(Finished(execution, outcome_name(outcome), self._encode(execution, outcome)))

    def republish(self, execution: Execution, message: bytes) -> None:
        """The outcome was kept by an earlier run: publish the same bytes again."""
        self._enqueue(Finished(execution, "republished", message, kept=True))

    def drop(self, execution: Execution) -> None:
        """A repeat of something whose outcome is safely out."""
        self._line.finished(execution, b"")

    async def run(self) -> None:
        """Keep and publish, for ever. Cancel to stop, after the line is drained."""
        async with asyncio.TaskGroup() as loops:
            loops.create_task(self._keep_all())
            loops.create_task(self._publish_all())

    async def _keep_all(self) -> None:
        while True:
            await self._to_keep.wait()
            if self._places.taken > COLLECT_ABOVE:
                await asyncio.sleep(COLLECT_SECONDS)
            self._to_keep.clear()
            while self._unkept:
                batch, self._unkept = self._unkept[:FINISH_AT_ONCE], self._unkept[FINISH_AT_ONCE:]
                await self._keep(batch)
                self._unpublished.extend(batch)
                self._to_publish.set()

    async def _publish_all(self) -> None:
        while True:
            await self._to_publish.wait()
            self._to_publish.clear()
            while self._unpublished:
                await self._publish(self._unpublished.popleft())

    async def _keep(self, unkept: list[Finished]) -> None:
        while True:
            try:
                kept = await self._admission.complete(
                    [Completion(finished.execution.ask(), finished.message) for finished in unkept]
                )
            except ConnectionError as error:
                log.warning("outcomes.waiting", count=len(unkept), why=str(error))
                await asyncio.sleep(RETRY_SECONDS)
                continue
            for finished, message in zip(unkept, kept, strict=True):
                finished.kept = True
                finished.message = message or b""
            return

    async def _publish(self, finished: Finished) -> None:
        if not finished.message:
            self.drop(finished.execution)
            return
        try:
            sent = await self._producer.send(
                self._topic,
                value=finished.message,
                key=_key(finished.execution),
                headers=_headers(finished.execution),
            )
        except Exception as error:
            self._publish_again(finished, error)
            return
        sent.add_done_callback(lambda future: self._published(finished, future))

    def _published(self, finished: Finished, future: "asyncio.Future[object]") -> None:
        error = None if future.cancelled() else future.exception()
        if future.cancelled() or error is not None:
            self._publish_again(finished, error)
            return
        execution = finished.execution
        self._metrics.results.labels(finished.outcome).inc()
        self._metrics.execution_seconds.observe(self._clock.monotonic() - execution.received)
        self._line.finished(execution, finished.message)

    def _publish_again(self, finished: Finished, error: BaseException | None) -> None:
        log.warning("result.unpublished", execution_id=finished.execution.id, why=repr(error))
        asyncio.get_running_loop().call_later(RETRY_SECONDS, self._enqueue, finished)

    def _enqueue(self, finished: Finished) -> None:
        if finished.kept:
            self._unpublished.append(finished)
            self._to_publish.set()
        else:
            self._unkept.append(finished)
            self._to_keep.set()

    def _encode(self, execution: Execution, outcome: Outcome) -> bytes:
        now = self._clock.now()
        try:
            message = result_of(execution, outcome, now).to_json()
        except (RecursionError, TypeError, ValueError) as error:
            why = Failure(FailureType.TRANSFORM_FAILED, f"the result cannot be written as JSON: {type(error).__name__}")
            return result_of(execution, why, now).to_json()
        if len(message) <= self._max_message_bytes:
            return message
        status = outcome.http_status if isinstance(outcome, Success | Failure) else None
        too_large = Failure(
            FailureType.RESULT_TOO_LARGE,
            f"the result has {len(message)} bytes, the limit is {self._max_message_bytes}; "
            "choose fewer fields in the response transform",
            status,
        )
        return result_of(execution, too_large, now).to_json()


def _key(execution: Execution) -> bytes:
    context = execution.event.context
    return (context.contact_id or context.flow_run_id or execution.id).encode()


def _headers(execution: Execution) -> list[tuple[str, bytes]]:
    return [("traceparent", execution.traceparent.encode())] if execution.traceparent else []
