"""Creates the topics of the contract; nothing else may, the broker does not make them on use."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from connectors_shared.contract.topics import TOPICS, Topic
from connectors_shared.runtime.kafka_admin import admin_client

KNOWN_SECONDS: Final = 30.0
ASK_AGAIN_SECONDS: Final = 0.05


class TopicCreationError(Exception):
    """The broker refused a topic; the message holds its name and the broker's reason."""


async def create_topics(
    bootstrap_servers: str,
    *,
    topics: Sequence[Topic] = TOPICS,
    replication_factor: int = 1,
    prefix: str = "",
) -> None:
    """Create what is missing, and return when it can be used; a topic that exists is left as it is.

    Raises TopicCreationError, and TimeoutError when the broker does not know what it has created.
    """
    async with admin_client(bootstrap_servers) as admin:
        response = await admin.create_topics([new_topic(topic, replication_factor, prefix) for topic in topics])
        refuse_refusals(response)
        async with asyncio.timeout(KNOWN_SECONDS):
            await until_known(admin, [f"{prefix}{topic.name}" for topic in topics])


def refuse_refusals(response: Any) -> None:
    """Raises TopicCreationError."""
    # The call succeeds even when every topic was refused: the verdicts are inside the answer.
    for name, code, *message in response.topic_errors:
        if code not in (0, TopicAlreadyExistsError.errno):
            raise TopicCreationError(f"{name}: {for_code(code).__name__}: {' '.join(filter(None, message))}")


async def until_known(admin: AIOKafkaAdminClient, names: Sequence[str]) -> None:
    """The controller answers before a broker has heard of it: for a moment a topic has no leader, or is unknown."""
    while True:
        described = await admin.describe_topics(list(names))
        leaders = [part["leader"] for topic in described for part in topic["partitions"]]
        if not any(topic["error_code"] for topic in described) and min(leaders, default=0) >= 0:
            return
        await asyncio.sleep(ASK_AGAIN_SECONDS)


def new_topic(topic: Topic, replication_factor: int, prefix: str) -> NewTopic:
    return NewTopic(
        name=f"{prefix}{topic.name}",
        num_partitions=topic.partitions,
        replication_factor=replication_factor,
        topic_configs=topic.broker_config(),
    )
