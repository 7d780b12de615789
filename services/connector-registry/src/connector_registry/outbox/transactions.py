"""A transactional producer whose start has two halves, and that can be given up.

aiokafka's own `stop` flushes: with a broker that does not answer it never ends, and a producer that was left alone
after that goes on sending from its task, for ever.
"""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any, Final

from aiokafka.errors import ProducerClosed

from connector_registry.outbox.port import OutboxRow
from connectors_shared.runtime.kafka import Producer, disconnect, whole

CANCEL_STEP_SECONDS: Final = 0.05
"""A cancelled sender may wait for its requests once more; then it is cancelled again."""


class TransactionalProducer(Producer):
    """`connect`, then `take_over`, then `commit` as often as wanted; `stop` in peace, else `abandon`."""

    async def connect(self, topic: str) -> None:
        """Find the brokers and the topic; fences nobody. Raises KafkaError."""
        await whole(self.client.bootstrap)
        await self.partitions_for(topic)

    async def take_over(self) -> None:
        """Get a newer epoch of the transactional id; what is open under an older one is aborted. Raises KafkaError."""
        await self._sender.start()

    async def commit(self, rows: Sequence[OutboxRow]) -> None:
        """One transaction. Raises ProducerFenced when there is a newer epoch, else KafkaError; then abandon it."""
        await self.begin_transaction()
        sent = [await self._enqueue(row) for row in rows]
        await asyncio.gather(*sent)
        await self.commit_transaction()

    async def abandon(self) -> None:
        """Say nothing more to Kafka, and leave no task behind. An open transaction stays for whoever takes over."""
        await disconnect(self.client)
        sending = self._sender.sender_task
        while sending is not None and not sending.done():
            sending.cancel()
            await asyncio.wait([sending], timeout=CANCEL_STEP_SECONDS)
        self._message_accumulator.fail_all(ProducerClosed())
        for forgotten in self._forgotten():
            _look_at(forgotten)
        await self.stop()

    def _forgotten(self) -> "Iterator[asyncio.Future[Any]]":
        """What has failed and nobody waits for."""
        ended = self._txn_manager.wait_for_transaction_end()
        if ended is not None:
            yield ended
        for batches in self._message_accumulator._batches.values():
            yield from (batch._drain_waiter for batch in batches)

    async def _enqueue(self, row: OutboxRow) -> Any:
        sent = await self.send(row.topic, key=row.key.encode(), value=row.value)
        sent.add_done_callback(_look_at)
        return sent


def _look_at(ended: "asyncio.Future[Any]") -> None:
    """An error that nobody waits for any more is not to be reported as forgotten."""
    if ended.done() and not ended.cancelled():
        ended.exception()
