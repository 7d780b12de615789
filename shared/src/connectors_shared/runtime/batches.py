"""Records of one topic: many at once go in batches, in each those that came while the one before it was under way.

aiokafka makes a future and two callbacks for each record that it is given by itself; here these are one batch's, which
is half of the cost from a dozen a batch on. No partition waits for another, and nothing lingers: the next batch is what
a round trip to the broker has collected.
"""

from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final

from aiokafka.errors import MessageSizeTooLargeError

from connectors_shared.runtime.outgoing import Acknowledged, Outgoing, RecordProducer
from connectors_shared.runtime.partitioning import place_of
from connectors_shared.runtime.persist import persist
from connectors_shared.runtime.supervision import Supervisor

FEW: Final = 4
"""Fewer than that at once for a partition cost less one by one."""
Told = Callable[[Any, int, int], None]
"""What a record is about, and its partition and offset, once the brokers have it."""
Failed = Callable[[Any, BaseException | None], None]
"""What a record is about, and why it was not taken, as of `RecordProducer.send`; None when that was called off."""


class Batches:
    """Of a process that sends all its records of a topic here, from one task: those of one key stay in their order."""

    def __init__(
        self, producer: RecordProducer, topic: str, told: Told, failed: Failed, supervisor: Supervisor
    ) -> None:
        self._producer = producer
        self._topic = topic
        self._told = told
        self._failed = failed
        self._supervisor = supervisor
        self._waiting: dict[int, deque[Outgoing]] = {}
        """Of partitions that are being worked off."""

    async def send(self, records: Iterable[Outgoing]) -> None:
        """Returns when they are on their way, or wait for their turn; each is told, or has failed, later."""
        partitions = await persist("partitions.find", lambda: self._producer.partitions_of(self._topic))
        together: dict[int, list[Outgoing]] = {}
        for record in records:
            together.setdefault(place_of(record.key, partitions), []).append(record)
        for partition, found in together.items():
            if partition in self._waiting or len(found) >= FEW:
                self._add(partition, found)
            else:
                for record in found:
                    await self._send_alone(record)

    async def _send_alone(self, record: Outgoing) -> None:
        value, key, headers, about = record
        try:
            sent = await self._producer.send(self._topic, value=value, key=key, headers=headers)
        except Exception as error:
            self._failed(about, error)
        else:
            sent.add_done_callback(partial(self._ended, [record]))

    def _add(self, partition: int, records: Iterable[Outgoing]) -> None:
        fitting = [record for record in records if self._fits(record)]
        if partition in self._waiting:
            self._waiting[partition].extend(fitting)
        else:
            self._waiting[partition] = deque(fitting)
            self._supervisor.start(self._work_off(partition))

    def _fits(self, record: Outgoing) -> bool:
        value, key, headers, about = record
        fits = self._producer.fits(self._topic, value, key, headers)
        if not fits:
            self._failed(
                about, MessageSizeTooLargeError(f"a record of {len(value)} bytes is too large for {self._topic}")
            )
        return fits

    async def _work_off(self, partition: int) -> None:
        """While Kafka is away they wait here, in their order."""
        waiting = self._waiting[partition]
        while waiting:
            try:
                count, sent = await persist(
                    "batch.send", lambda: self._producer.send_batch(self._topic, partition, waiting)
                )
            except Exception as error:
                self._failed(waiting.popleft().about, error)
            else:
                batch = [waiting.popleft() for _ in range(count)]
                sent.add_done_callback(partial(self._ended, batch))
        del self._waiting[partition]

    def _ended(self, batch: list[Outgoing], sent: Acknowledged) -> None:
        try:
            error = None if sent.cancelled() else sent.exception()
            if sent.cancelled() or error is not None:
                for record in batch:
                    self._failed(record.about, error)
                return
            first = sent.result()
            for place, record in enumerate(batch):
                self._told(record.about, first.partition, first.offset + place)
        except Exception as fault:  # the event loop would swallow it
            self._supervisor.fault(fault)
