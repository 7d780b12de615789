"""A member of a consumer group that knows of an assignment before it gets the records of it.

aiokafka delivers as soon as it has an assignment, while the listener still prepares for it, and it swallows what a
listener raises. A batch that is polled can outlive its assignment: its offsets mean nothing in the next one, even when
that has the same partitions.
"""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import KafkaError

from connectors_shared.runtime.fetch_pace import FetchPace
from connectors_shared.runtime.intake import POLL_MS, Records, intake_broker, raw_batches
from connectors_shared.runtime.kafka import Consumer

Fault = Callable[[BaseException], None]
ANSWER_SECONDS = 3.0
PATIENCE_SECONDS = 90.0
"""Longer than a rebalance may take: its time-out, and the reading of marks."""
WAIT_MS = 1_000
"""How long a poll waits for records: whoever has nothing to do is not woken for that."""


class Member(Protocol):
    """What a subscription tells. An error of any of these is a fault: it is never swallowed."""

    async def assigned(self, partitions: set[TopicPartition], epoch: int) -> None:
        """Partitions are ours from now on; nothing of them is delivered before this has ended."""
        ...

    async def revoked(self, partitions: set[TopicPartition]) -> None:
        """They are not any more, when this has ended."""
        ...

    async def take(self, records: Records, epoch: int) -> None:
        """Polled under that epoch, which may be over by now."""
        ...


class Waiting(Protocol):
    """What a member holds beside the polling, by partition."""

    def is_full(self, partition: TopicPartition) -> bool: ...
    def has_room(self, partition: TopicPartition) -> bool: ...


def balance(consumer: AIOKafkaConsumer | None, waiting: Waiting) -> None:
    """Pause the partitions that have enough waiting, and resume those that have room again."""
    if consumer is not None:
        ours = consumer.assignment()
        consumer.pause(*filter(waiting.is_full, ours))
        consumer.resume(*filter(waiting.has_room, ours))


class Gate:
    """Open while the assignment of `epoch` is known to the member; epochs count assignments from 1."""

    def __init__(self) -> None:
        self.epoch = 0
        self._open = asyncio.Event()
        self._closed_at = time.monotonic()

    @property
    def closed_seconds(self) -> float:
        return 0.0 if self._open.is_set() else time.monotonic() - self._closed_at

    def close(self) -> None:
        if self._open.is_set():
            self._closed_at = time.monotonic()
        self._open.clear()

    def begin(self) -> int:
        """A new assignment, not yet open."""
        self.close()
        self.epoch += 1
        return self.epoch

    def open(self) -> None:
        self._open.set()

    async def opened(self) -> None:
        await self._open.wait()


class GatedConsumer(Consumer):
    """Returns records when the gate is open, and only those of the present assignment.

    `polled_epoch` is that of the records it returned last. `gather_seconds`: see `FetchPace`.
    """

    def __init__(self, *args: Any, gate: Gate, fault: Fault, gather_seconds: float, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._gate = gate
        self._fault = fault
        self.polled_epoch = 0
        if gather_seconds:
            FetchPace(self._client, gather_seconds)

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None
    ) -> dict[TopicPartition, list[Any]]:
        """Waits for `WAIT_MS` or `timeout_ms`, whichever is longer."""
        try:
            records: dict[TopicPartition, list[Any]] = await super().getmany(
                *partitions, timeout_ms=max(timeout_ms, WAIT_MS), max_records=max_records
            )
        except KafkaError as error:
            if self._coordinator._coordination_task.done():
                # Nobody would ever join the group again.
                self._fault(error)
            raise
        if not records:
            return records
        assignment = self._subscription.subscription.assignment
        await self._gate.opened()
        if not assignment.active:
            return {}
        self.polled_epoch = self._gate.epoch
        return records

    def resume(self, *partitions: TopicPartition) -> None:
        """What has been fetched of them before they paused is given out at once, not when a poll has waited."""
        super().resume(*partitions)
        if partitions:
            for waiter in self._fetcher._fetch_waiters:
                self._fetcher._notify(waiter)


class GroupListener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Tells the member, and opens the gate when it knows."""

    def __init__(self, member: Member, gate: Gate, fault: Fault) -> None:
        self._member = member
        self._gate = gate
        self._fault = fault

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        self._gate.close()
        try:
            await self._member.revoked(revoked)
        except Exception as error:
            self._fault(error)
            raise

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        epoch = self._gate.begin()
        try:
            await self._member.assigned(assigned, epoch)
        except Exception as error:
            self._fault(error)
            raise
        self._gate.open()


class Subscription:
    """The membership itself; `fault` is told of what must not be survived."""

    def __init__(
        self,
        bootstrap_servers: str,
        client_id: str,
        topic: str,
        *,
        group_id: str,
        instance_id: str | None,
        most: int,
        graceful_seconds: float,
        fault: Fault,
        poll_ms: int = POLL_MS,
        gather_seconds: float = 0.0,
    ) -> None:
        """`gather_seconds`: the most that `FetchPace` puts fetches off; 0: each record comes as soon as it can."""
        self._broker = intake_broker(bootstrap_servers, client_id, graceful_seconds=graceful_seconds)
        self._topic = topic
        self._group_id = group_id
        self._instance_id = instance_id
        self._most = most
        self._poll_ms = poll_ms
        self._gather_seconds = gather_seconds
        self._fault = fault
        self._gate = Gate()
        self._subscriber: Any = None

    @property
    def consumer(self) -> AIOKafkaConsumer | None:
        """None before the start and after the stop."""
        return self._subscriber.consumer if self._subscriber is not None else None

    async def start(self, member: Member) -> None:
        """One that fails, because Kafka does not answer, stops itself, and is of no use any more."""
        try:
            await self._start(member)
        except BaseException:
            await self.stop()
            raise

    async def _start(self, member: Member) -> None:
        self._subscriber = raw_batches(
            self._broker,
            self._topic,
            group_id=self._group_id,
            instance_id=self._instance_id,
            listener=GroupListener(member, self._gate, self._fault),
            most=self._most,
            poll_ms=self._poll_ms,
        )

        async def on_records(records: Records) -> None:
            # One batch at a time: the next poll begins when this has ended.
            try:
                await member.take(records, self._subscriber.consumer.polled_epoch)
            except Exception as error:
                self._fault(error)
                raise

        self._subscriber(on_records)
        await self._consume_gated()
        await self._broker.start()

    async def stop(self) -> None:
        """Leaves the group."""
        await self._broker.stop()

    async def problem(self) -> str | None:
        """What keeps it from being delivered anything, asked of the broker now."""
        consumer = self.consumer
        if consumer is None:
            return "the consumer has not started"
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await consumer._client.fetch_all_metadata()
        except (KafkaError, TimeoutError):
            return "Kafka does not answer"
        closed = self._gate.closed_seconds
        return f"no partitions could be taken over for {closed:.0f} s" if closed > PATIENCE_SECONDS else None

    async def _consume_gated(self) -> None:
        """FastStream makes its consumers with what its connection keeps for that; it has no setting for the class."""
        await self._broker.connect()
        config = self._broker.config.broker_config
        made: Any = config.builder
        ours: Any = {"gate": self._gate, "fault": self._fault, "gather_seconds": self._gather_seconds}
        config.builder = partial(GatedConsumer, **ours, **made.keywords)
