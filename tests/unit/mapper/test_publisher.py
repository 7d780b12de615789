"""What Kafka cannot take as it is must not stop the mapper for ever."""

import asyncio
from typing import Any, cast

from field_mapper.outbound.publisher import KafkaPublisher, Outgoing


class StrictProducer:
    """Refuses a message that has neither key nor value, as aiokafka does."""

    async def send(self, topic: str, *, value: bytes | None, key: bytes | None, headers: Any) -> Any:
        assert not (value is None and key is None)
        future: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()
        future.set_result(value)
        return future


async def test_a_message_without_key_and_value_is_sent_with_an_empty_one() -> None:
    publisher = KafkaPublisher(cast("Any", StrictProducer()))
    assert await publisher.send([Outgoing("t", None, None), Outgoing("t", b"k", None)]) == {}
