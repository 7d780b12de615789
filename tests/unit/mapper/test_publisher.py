"""What Kafka cannot take as it is must not stop the mapper for ever."""

import asyncio
from typing import Any, cast

from connectors_shared.runtime.outgoing import record_bytes
from field_mapper.outbound.publisher import KafkaPublisher, NeverFitsError, Outgoing, without_body


class StrictProducer:
    """Refuses a message that has neither key nor value, as aiokafka does; nothing above `most` bytes fits."""

    def __init__(self, most: int = 10_000) -> None:
        self.most = most
        self.sent: list[tuple[str, bytes | None, Any]] = []

    def fits(self, _topic: str, value: bytes | None, key: bytes | None, headers: Any) -> bool:
        return record_bytes(value, key, list(headers)) <= self.most

    async def send(self, topic: str, value: bytes | None, key: bytes | None, headers: Any) -> Any:
        self.sent.append((topic, value, headers))
        assert not (value is None and key is None)
        future: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()
        future.set_result(value)
        return future


async def test_a_message_without_key_and_value_is_sent_with_an_empty_one() -> None:
    publisher = KafkaPublisher(cast("Any", StrictProducer()))
    assert await publisher.send([Outgoing("t", None, None), Outgoing("t", b"k", None)]) == {}


async def test_what_is_too_large_is_sent_in_its_smaller_form() -> None:
    producer = StrictProducer(most=1_000)
    letter = Outgoing("t", b"k", b"x" * 1_000, (("dead-reason", b"not_json"), ("own", b"1")), smaller=without_body)
    assert await KafkaPublisher(cast("Any", producer)).send([letter]) == {}
    assert producer.sent == [("t", b"", (("dead-reason", b"too_large"),))]


async def test_what_fits_in_no_form_is_told_and_the_others_go() -> None:
    producer = StrictProducer(most=80)
    messages = [Outgoing("t", b"k", b"x" * 100, smaller=lambda message: message), Outgoing("t", None, b"")]
    failed = await KafkaPublisher(cast("Any", producer)).send(messages)
    assert {position: type(error) for position, error in failed.items()} == {0: NeverFitsError, 1: NeverFitsError}
    producer.most = 100
    failed = await KafkaPublisher(cast("Any", producer)).send(messages)
    assert {position: type(error) for position, error in failed.items()} == {0: NeverFitsError}
