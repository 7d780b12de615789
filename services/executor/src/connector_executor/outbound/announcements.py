"""`connector.health` out: what an owner should know."""

from datetime import timedelta
from uuid import UUID

from aiokafka.errors import KafkaError

from connector_executor.admission.port import HealthChange
from connectors_shared.contract.health import ConnectorHealth
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.loops import PollLoop
from connectors_shared.runtime.outgoing import RecordProducer

log = get_logger(__name__)
MOST_UNTOLD = 10_000


class Announcements:
    """Publishes changes of health beside everything else: while Kafka is away the last one of each connector waits.

    Of more than `MOST_UNTOLD` connectors the longest waiting is not told: the state itself is in the store.
    """

    def __init__(self, producer: RecordProducer, topic: str, clock: Clock) -> None:
        self._producer = producer
        self._topic = topic
        self._clock = clock
        self._untold: dict[UUID, ConnectorHealth] = {}
        self._loop = PollLoop("health.announce", self._publish_all)

    def tell(self, change: HealthChange) -> None:
        """Returns at once."""
        now = self._clock.now()
        message = ConnectorHealth(
            connector_id=UUID(change.connector_id),
            workspace_id=UUID(change.workspace_id),
            healthy=change.healthy,
            failing_since=now - timedelta(seconds=change.failing_seconds),
            changed_at=now,
        )
        self._untold[message.connector_id] = message
        if len(self._untold) > MOST_UNTOLD:
            dropped = self._untold.pop(next(iter(self._untold)))
            log.warning("health.unannounced", connector_id=str(dropped.connector_id), why="too many wait")
        self._loop.wake()

    async def run(self) -> None:
        """Publish, for ever. Cancel to stop."""
        await self._loop.run()

    async def _publish_all(self) -> None:
        while self._untold:
            await self._publish(self._untold.pop(next(iter(self._untold))))

    async def _publish(self, message: ConnectorHealth) -> None:
        try:
            await self._producer.send_and_wait(self._topic, value=message.to_json(), key=message.key())
        except KafkaError:
            self._untold.setdefault(message.connector_id, message)
            raise
