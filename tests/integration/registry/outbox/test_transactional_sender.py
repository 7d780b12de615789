"""The sender on a real broker: what its twin passes, and what only a broker can show."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from aiokafka.errors import ProducerFenced

from connector_registry.outbox.sender import KafkaSender
from connectors_local.topics import create_topics
from connectors_shared.contract.topics import CONFIG
from tests.unit.registry.outbox.sender_suite import Committed, NewSender, SenderSuite, a_row


@pytest.fixture
async def topic(kafka_servers: str, topic_prefix: str) -> str:
    await create_topics(kafka_servers, topics=(CONFIG,), prefix=topic_prefix)
    return topic_prefix + CONFIG.name


@pytest.fixture
async def new_sender(kafka_servers: str, topic: str, topic_prefix: str) -> AsyncIterator[Callable[[], KafkaSender]]:
    made: list[KafkaSender] = []

    def make() -> KafkaSender:
        made.append(KafkaSender(kafka_servers, topic, topic_prefix + "registry"))
        return made[-1]

    yield make
    for sender in made:
        await sender.close()


@pytest.fixture
def committed(config_messages: Committed) -> Committed:
    return config_messages


class TestKafkaSender(SenderSuite):
    """On the shared broker, each test with a topic and a transactional id of its own."""


async def test_what_a_fenced_producer_has_open_is_never_committed(
    new_sender: NewSender, committed: Committed, topic: str
) -> None:
    first, second = new_sender(), new_sender()
    await first.take_over()
    assert isinstance(first, KafkaSender)
    assert first._producer is not None
    await first._producer.begin_transaction()
    await first._producer.send_and_wait(topic, b"1", key=b"connector/a")
    await second.take_over()
    await second.send([a_row(2, topic=topic)])
    with pytest.raises(ProducerFenced):
        await first._producer.commit_transaction()
    assert await committed() == [("connector/a", b"2")]


async def test_a_sender_that_was_given_up_leaves_no_task_behind(
    new_sender: NewSender, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = asyncio.all_tasks()
    sender = new_sender()
    await sender.take_over()
    monkeypatch.setattr("connector_registry.outbox.sender.PATIENCE_SECONDS", 0.0)
    with pytest.raises(TimeoutError):
        await sender.send([a_row(1, topic=topic)])
    async with asyncio.timeout(20):
        while asyncio.all_tasks() - before:
            await asyncio.sleep(0)
