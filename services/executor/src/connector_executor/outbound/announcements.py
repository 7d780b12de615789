"""`connector.health` out: what an owner should know."""

from datetime import timedelta
from uuid import UUID

from aiokafka.errors import KafkaError

from connector_executor.admission.port import HealthChange
from connectors_shared.contract.health import ConnectorHealth
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.outgoing import RecordProducer

log = get_logger(__name__)


class Announcements:
    """Publishes changes of health. One that Kafka does not take is logged: the state itself is in the store."""

    def __init__(self, producer: RecordProducer, topic: str, clock: Clock) -> None:
        self._producer = producer
        self._topic = topic
        self._clock = clock

    async def announce(self, change: HealthChange) -> None:
        now = self._clock.now()
        message = ConnectorHealth(
            connector_id=UUID(change.connector_id),
            workspace_id=UUID(change.workspace_id),
            healthy=change.healthy,
            failing_since=now - timedelta(seconds=change.failing_seconds),
            changed_at=now,
        )
        try:
            await self._producer.send_and_wait(self._topic, value=message.to_json(), key=message.key())
        except KafkaError as error:
            log.warning("health.unannounced", connector_id=change.connector_id, why=repr(error))
