"""Creates the topics of the contract; nothing else may, the broker does not make them on use."""

from collections.abc import Sequence

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from connectors_shared.contract.topics import TOPICS, Topic


class TopicCreationError(Exception):
    """The broker refused a topic; the message holds its name and the broker's reason."""


async def create_topics(
    bootstrap_servers: str,
    *,
    topics: Sequence[Topic] = TOPICS,
    replication_factor: int = 1,
    prefix: str = "",
) -> None:
    """Create what is missing; a topic that exists is left as it is. Raises TopicCreationError."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    try:
        await admin.start()
        response = await admin.create_topics([new_topic(topic, replication_factor, prefix) for topic in topics])
    finally:
        await admin.close()
    # The call succeeds even when every topic was refused: the verdicts are inside the answer.
    for name, code, *message in response.topic_errors:
        if code not in (0, TopicAlreadyExistsError.errno):
            raise TopicCreationError(f"{name}: {for_code(code).__name__}: {' '.join(filter(None, message))}")


def new_topic(topic: Topic, replication_factor: int, prefix: str) -> NewTopic:
    return NewTopic(
        name=f"{prefix}{topic.name}",
        num_partitions=topic.partitions,
        replication_factor=replication_factor,
        topic_configs=topic.broker_config(),
    )
