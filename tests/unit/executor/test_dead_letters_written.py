"""A message that dies is set aside with all it had, and a count of its deaths."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from aiokafka.errors import KafkaConnectionError, MessageSizeTooLargeError

from connector_executor.metrics import ExecutorMetrics
from connector_executor.outbound.dead import DeadLetters
from connectors_shared.contract.dead import DeadLetter, replay_headers
from connectors_shared.contract.failure import DeadReason
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.outgoing import record_bytes
from tests.unit.executor.dead_letters import Message, a_record


@dataclass
class FakeProducer:
    """Refuses with `faults` first, then takes. Nothing above `most` bytes fits."""

    faults: list[Exception] = field(default_factory=list)
    most: int = 10_000
    sent: list[dict[str, Any]] = field(default_factory=list)

    def fits(self, _topic: str, value: bytes, key: bytes | None, headers: list[Any]) -> bool:
        return record_bytes(value, key, headers) <= self.most

    async def send_and_wait(self, topic: str, **message: Any) -> None:
        if not self.fits(topic, **message):
            raise MessageSizeTooLargeError()
        if self.faults:
            raise self.faults.pop(0)
        self.sent.append({"topic": topic} | message)


class FixedClock(SystemClock):
    def now(self) -> datetime:
        return datetime(2026, 1, 5, tzinfo=UTC)


@pytest.fixture
def producer() -> FakeProducer:
    return FakeProducer()


@pytest.fixture
def letters(producer: FakeProducer) -> DeadLetters:
    return DeadLetters(cast("Any", producer), "the.dead", FixedClock(), ExecutorMetrics())


async def test_bytes_key_and_headers_stay(letters: DeadLetters, producer: FakeProducer) -> None:
    record = a_record(Message(b"\xff", [("odd", b"\xff"), ("null", None)]), 3, 41)
    await letters.write(record, DeadReason.NOT_JSON, "line 1")
    [sent] = producer.sent
    assert (sent["topic"], sent["key"], sent["value"]) == ("the.dead", b"key", b"\xff")
    assert sent["headers"][:2] == [("odd", b"\xff"), ("null", None)]
    letter = DeadLetter.from_headers(sent["headers"])
    assert (letter.attempts, letter.partition, letter.offset, letter.detail) == (1, 3, 41, "line 1")


async def test_each_death_of_a_replayed_message_counts(letters: DeadLetters, producer: FakeProducer) -> None:
    headers: list[Any] = []
    for _ in range(3):
        await letters.write(a_record(Message(b"{", headers), 0, 0), DeadReason.NOT_JSON, "")
        headers = replay_headers(producer.sent[-1]["headers"], "the.dead/0/0")
    assert [DeadLetter.from_headers(sent["headers"]).attempts for sent in producer.sent] == [1, 2, 3]
    assert {len(sent["headers"]) for sent in producer.sent} == {8}


async def test_a_message_without_key_and_value_is_set_aside_too(letters: DeadLetters, producer: FakeProducer) -> None:
    await letters.write(a_record(Message(None, [], key=None), 0, 0), DeadReason.EMPTY, "")
    assert (producer.sent[0]["key"], producer.sent[0]["value"]) == (None, b"")


async def test_one_that_the_topic_cannot_hold_leaves_its_coordinates(
    letters: DeadLetters, producer: FakeProducer
) -> None:
    large = b"x" * producer.most
    await letters.write(a_record(Message(large, [("large", b"too")]), 3, 41), DeadReason.NOT_JSON, "line 1")
    [sent] = producer.sent
    assert (sent["value"], dict(sent["headers"]).get("large")) == (b"", None)
    letter = DeadLetter.from_headers(sent["headers"])
    assert (letter.reason, letter.partition, letter.offset) == (DeadReason.TOO_LARGE, 3, 41)


async def test_a_topic_that_takes_nothing_holds_up_nobody(letters: DeadLetters, producer: FakeProducer) -> None:
    producer.most = 10
    await letters.write(a_record(Message(b"large", []), 3, 41), DeadReason.NOT_JSON, "line 1")
    assert producer.sent == []


async def test_a_letter_that_was_refused_in_company_is_sent_again(
    letters: DeadLetters, producer: FakeProducer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors_shared.runtime.persist.LONGEST_PAUSE_SECONDS", 0)
    producer.faults = [MessageSizeTooLargeError()]
    await letters.write(a_record(Message(b"small", []), 3, 41), DeadReason.NOT_JSON, "line 1")
    assert [sent["value"] for sent in producer.sent] == [b"small"]


async def test_while_kafka_is_away_it_is_tried_again(
    letters: DeadLetters, producer: FakeProducer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors_shared.runtime.persist.LONGEST_PAUSE_SECONDS", 0)
    producer.faults = [KafkaConnectionError(), KafkaConnectionError()]
    await letters.write(a_record(Message(b"{", []), 0, 0), DeadReason.NOT_JSON, "")
    assert len(producer.sent) == 1
