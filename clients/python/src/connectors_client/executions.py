"""Over Kafka: publish an execution, and await its result."""

import asyncio
from datetime import datetime
from typing import Final, Protocol, Self
from uuid import UUID

from aiokafka.errors import KafkaError

from connectors_client.errors import ClientError, NotPublishedError
from connectors_client.inbox import ResultInbox
from connectors_client.outcome import Outcome
from connectors_client.pending import MOST_PENDING, Pending, PendingTable
from connectors_shared.contract.execution import ConnectorExecute
from connectors_shared.contract.topics import EXECUTE, RESULT
from connectors_shared.runtime.outgoing import RecordProducer, record_producer

CLIENT_ID: Final = "connectors-client"
PUBLISH_SECONDS: Final = 30.0


class NotConnectedError(ClientError):
    """Kafka does not answer, or lacks the topics of the contract."""


class Sender(Protocol):
    """What is needed of a producer."""

    async def send(self, topic: str, value: bytes, key: bytes) -> None:
        """Returns once the brokers have it. Raises KafkaError."""


class Inbox(Protocol):
    """What is needed of whoever reads the results."""

    def look_back(self, since: datetime) -> None: ...


class Executions:
    """Executions of a process, and their results. `connect` makes one that is on Kafka."""

    def __init__(self, sender: Sender, inbox: Inbox, table: PendingTable, topic_prefix: str = "") -> None:
        self._sender = sender
        self._inbox = inbox
        self._table = table
        self._topic = topic_prefix + EXECUTE.name

    async def publish(self, execution: ConnectorExecute, *, timeout_seconds: float = PUBLISH_SECONDS) -> Pending:
        """Returns once Kafka has it; hold what is returned for as long as the result is of interest.

        Raises NotPublishedError, after which it may be published again with the same id, and TooManyPendingError.
        """
        pending = self._table.expect(execution.execution_id)
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._sender.send(self._topic, execution.to_json(), execution.key())
        except TimeoutError:
            message = f"Kafka has not confirmed it within {timeout_seconds:g} s"
            raise NotPublishedError(execution.execution_id, message, may_have_happened=True) from None
        except KafkaError as error:
            message = f"Kafka has not taken it: {type(error).__name__}: {error}"
            raise NotPublishedError(execution.execution_id, message, may_have_happened=True) from error
        return pending

    async def run(self, execution: ConnectorExecute, *, timeout_seconds: float = 60.0) -> Outcome:
        """Publish and await. Raises NotPublishedError, OutcomeLateError and TooManyPendingError; a failure is an
        outcome, see `Outcome.raise_for_failure`."""
        pending = await self.publish(execution, timeout_seconds=timeout_seconds)
        return await pending.outcome(timeout_seconds)

    @property
    def unreadable(self) -> int:
        """How many results of what is awaited here could not be read, as those of a newer executor may be."""
        return self._table.unreadable

    def resume(self, *execution_ids: UUID, since: datetime) -> list[Pending]:
        """What an earlier process published from that moment on: results that came while nobody listened are found
        again, for as long as Kafka keeps them (seven days). Raises TooManyPendingError."""
        found = [self._table.expect(execution_id) for execution_id in execution_ids]
        if not all(pending.done for pending in found):
            self._inbox.look_back(since)
        return found


class KafkaExecutions(Executions):
    """`async with KafkaExecutions("localhost:9092") as executions:`. Inside, no result of what is published is missed,
    whatever becomes of the brokers meanwhile."""

    def __init__(
        self,
        bootstrap_servers: str,
        *,
        client_id: str = CLIENT_ID,
        topic_prefix: str = "",
        most_pending: int = MOST_PENDING,
    ) -> None:
        self._servers = bootstrap_servers
        self._producer = record_producer(bootstrap_servers, client_id, topic_prefix)
        table = PendingTable(most_pending)
        self._results = ResultInbox(bootstrap_servers, client_id, topic_prefix + RESULT.name, table.take)
        super().__init__(KafkaSender(self._producer), self._results, table, topic_prefix)

    async def __aenter__(self) -> Self:
        """Raises NotConnectedError."""
        try:
            await self._producer.start()
            await self._results.start()
        except KafkaError as error:
            await self._producer.stop()
            raise NotConnectedError(f"Kafka at {self._servers}: {error}") from error
        except BaseException:
            await self._producer.stop()
            raise
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._results.stop()
        await self._producer.stop()


class KafkaSender:
    """Through a producer that survives what a broker refuses."""

    def __init__(self, producer: RecordProducer) -> None:
        self._producer = producer

    async def send(self, topic: str, value: bytes, key: bytes) -> None:
        await self._producer.send_and_wait(topic, value, key)
