"""Probes: one execution for every partition, every so often; what follows a fault is seen on them."""

import asyncio
import random
import time
from uuid import UUID, uuid4

from aiokafka.partitioner import murmur2

from connectors_shared.contract.topics import EXECUTE, RESULT
from tests.soak.cast import Connector
from tests.soak.history import Asked, History
from tests.soak.kafka_client import Publisher
from tests.soak.load import FIELDS, an_event


class Pulse:
    """Asks a healthy connector. Its results and updates are spread over all partitions like the probes."""

    def __init__(self, publisher: Publisher, history: History, connector: Connector, seconds: float) -> None:
        self._publisher = publisher
        self._history = history
        self._connector = connector
        self._seconds = seconds
        self._contacts = [_contact_of(partition) for partition in range(EXECUTE.partitions)]

    async def run(self) -> None:
        """For ever."""
        while True:
            for partition in range(EXECUTE.partitions):
                self._ask(partition)
            await asyncio.sleep(self._seconds)

    async def answered(self, since: float) -> bool:
        """Whether every partition has answered a probe, and announced it, that was published after that moment."""
        results = {result.id for result in self._history.results if result.seen >= since}
        updates = {update.id for update in self._history.updates if update.seen >= since}
        both = results & updates
        recent = [(id_, where) for id_, (where, at) in self._history.pulses.items() if at >= since]
        return {where for id_, where in recent if id_ in both} == set(range(EXECUTE.partitions))

    def _ask(self, partition: int) -> None:
        execution_id, contact_id, fields = str(uuid4()), self._contacts[partition], FIELDS[:1]
        event = an_event(execution_id, self._connector, contact_id, fields)
        asked = Asked(execution_id, self._connector, contact_id, fields)
        self._history.asked[execution_id] = asked
        self._history.pulses[execution_id] = (partition, time.monotonic())
        self._publisher.publish(EXECUTE.name, event.key(), event.to_json(), asked.places.append, partition)


def _contact_of(partition: int) -> str:
    """An id whose results go to that partition, by the partitioner of the services."""
    rng = random.Random(partition)
    while True:
        contact_id = str(UUID(int=rng.getrandbits(128), version=4))
        if (murmur2(contact_id.encode()) & 0x7FFFFFFF) % RESULT.partitions == partition:
            return contact_id
