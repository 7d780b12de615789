"""For an engine with a store of its own: every result and every update, at least once, committed when it is handled."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import CommitFailedError, IllegalStateError
from pydantic import ValidationError

from connectors_client.inbox import opened
from connectors_client.unreadable import Record, told_of
from connectors_shared.contract.execution import ConnectorResult
from connectors_shared.contract.topics import CONTACT_UPDATED, RESULT, Topic
from connectors_shared.contract.updates import ContactUpdated
from connectors_shared.runtime.kafka import group_settings, reader
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.persist import persist

MOST_RECORDS: Final = 500
POLL_MS: Final = 500

Heard = ConnectorResult | ContactUpdated
Handle = Callable[[list[Heard]], Awaitable[None]]
SHAPES: Final[Mapping[str, type[ConnectorResult] | type[ContactUpdated]]] = {
    RESULT.name: ConnectorResult,
    CONTACT_UPDATED.name: ContactUpdated,
}
log = get_logger(__name__)


class Feed:
    """A member of the consumer group `group_id`: its processes share the partitions.

    A batch that was handled and not yet committed comes again after a crash, so what `handle` does must bear that:
    both kinds of messages have an execution id to know them by. `wanted` keeps bodies out without decoding them.
    `instance_id` makes it a static member, which takes its partitions over again when it is back within the session.
    """

    def __init__(
        self,
        bootstrap_servers: str,
        group_id: str,
        handle: Handle,
        *,
        topics: Iterable[Topic] = (RESULT, CONTACT_UPDATED),
        topic_prefix: str = "",
        wanted: Callable[[bytes], bool] = lambda _body: True,
        most_records: int = MOST_RECORDS,
        instance_id: str | None = None,
    ) -> None:
        self._servers = bootstrap_servers
        self._group = group_id
        self._handle = handle
        self._topics = [topic_prefix + topic.name for topic in topics]
        self._prefix = topic_prefix
        self._wanted = wanted
        self._most = most_records
        self._instance_id = instance_id
        self._stopping = False
        self.assigned = asyncio.Event()
        """Set once it has been given partitions."""
        self.unreadable = 0
        """How many records were passed over so far since they are no messages of the contract that is known here."""

    async def run(self) -> None:
        """Until it is stopped. Outages of Kafka are waited out; what `handle` raises, and is none, ends it."""
        await persist("feed.follow", self._follow)

    def stop(self) -> None:
        """`run` returns soon after: what was handled is committed, and the partitions are given back."""
        self._stopping = True

    async def _follow(self) -> None:
        async with opened(self._consumer()) as consumer:
            consumer.subscribe(topics=self._topics)
            while not self._stopping:
                batches = await consumer.getmany(timeout_ms=POLL_MS, max_records=self._most)
                if consumer.assignment():
                    self.assigned.set()
                if batches:
                    await self._take(consumer, batches)

    async def _take(self, consumer: AIOKafkaConsumer, batches: Mapping[Any, list[Any]]) -> None:
        heard = [self._decoded(record) for records in batches.values() for record in records]
        await self._handle([message for message in heard if message is not None])
        try:
            await consumer.commit({partition: records[-1].offset + 1 for partition, records in batches.items()})
        except (CommitFailedError, IllegalStateError) as error:
            # The partitions are another's by now, who gets the records again.
            log.info("feed.commit_refused", why=repr(error))

    def _decoded(self, record: Record) -> Heard | None:
        """None for what is no message of the contract: other producers' mistakes are not the engine's to handle. It is
        told of, since it may be a newer contract's.
        """
        body = record.value
        if not body or not self._wanted(body):
            return None
        try:
            return SHAPES[record.topic.removeprefix(self._prefix)].model_validate_json(body)
        except ValidationError as error:
            self.unreadable += 1
            log.warning("feed.unreadable", **told_of(record, error))
            return None

    def _consumer(self) -> AIOKafkaConsumer:
        settings = group_settings(self._instance_id) | {"group_id": self._group}
        return reader(self._servers, self._group, **settings)
