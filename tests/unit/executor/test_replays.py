"""Replays are acknowledged, and a refusal says how far it came."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from aiokafka.errors import KafkaTimeoutError, MessageSizeTooLargeError

from connector_executor.dead_letters.letter import Letter
from connector_executor.dead_letters.replay import KafkaReplays, ReplayError
from tests.unit.executor.dead_letters import TOPIC, Message, a_dead, a_record


@dataclass
class FakeProducer:
    """`refused` fails at once, `unacknowledged` later; both by value."""

    refused: bytes | None = None
    unacknowledged: bytes | None = None
    sent: list[dict[str, Any]] = field(default_factory=list)

    async def send(self, topic: str, **message: Any) -> "asyncio.Future[None]":
        if message["value"] == self.refused:
            raise MessageSizeTooLargeError()
        self.sent.append({"topic": topic} | message)
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if message["value"] == self.unacknowledged:
            future.set_exception(KafkaTimeoutError())
        else:
            future.set_result(None)
        return future


def letters(*values: bytes) -> list[Letter]:
    return [Letter(a_record(a_dead(value, attempts=2), 0, offset)) for offset, value in enumerate(values)]


async def test_a_letter_goes_out_as_it_was_with_where_it_came_from() -> None:
    producer = FakeProducer()
    await KafkaReplays(cast("Any", producer), ["execute"]).publish(letters(b"\xff"))
    assert producer.sent == [
        {
            "topic": "execute",
            "key": b"key",
            "value": b"\xff",
            "headers": [
                ("trace", b"1"),
                ("null", None),
                ("dead-replayed-from", f"{TOPIC}/0/0".encode()),
                ("dead-attempts", b"2"),
            ],
        }
    ]


async def test_a_message_without_key_and_value_can_be_replayed() -> None:
    producer = FakeProducer()
    letter = Letter(a_record(Message(None, [], key=None), 0, 0))
    await KafkaReplays(cast("Any", producer), ["execute"]).publish([letter])
    assert (producer.sent[0]["key"], producer.sent[0]["value"]) == (None, b"")


async def test_a_letter_goes_back_onto_the_topic_that_it_came_from_and_no_other() -> None:
    producer = FakeProducer()
    came_from = ["updated", "connector.execute", "elsewhere"]
    died = [Letter(a_record(a_dead(b"1", topic=topic), 0, 0)) for topic in came_from]
    foreign = Letter(a_record(Message(b"1", []), 0, 0))
    await KafkaReplays(cast("Any", producer), ["result", "updated"]).publish([*died, foreign])
    assert [sent["topic"] for sent in producer.sent] == ["updated", "result", "result", "result"]


@pytest.mark.parametrize(
    ("producer", "taken", "said"),
    [
        (FakeProducer(refused=b"2"), 1, "0:1: MessageSizeTooLargeError"),
        (FakeProducer(unacknowledged=b"2"), 2, "0:1: KafkaTimeoutError"),
        (FakeProducer(refused=b"3", unacknowledged=b"1"), 1, "0:0: KafkaTimeoutError"),
    ],
)
async def test_a_refusal_counts_what_was_taken_and_names_the_first_that_was_not(
    producer: FakeProducer, taken: int, said: str
) -> None:
    with pytest.raises(ReplayError, match=said) as caught:
        await KafkaReplays(cast("Any", producer), ["execute"]).publish(letters(b"1", b"2", b"3"))
    assert caught.value.taken == taken
