"""A look into a topic in Kafka: read by assignment, no group, nothing committed, nothing fetched while nobody asks."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from connectors_shared.runtime.kafka import partitions_of, reader

START_SECONDS: Final = 10.0
EMPTY_FETCH_MS: Final = 50
"""How long the broker holds a fetch at the end of the topic; a seek has to wait for it."""


@asynccontextmanager
async def reading(
    bootstrap_servers: str, client_id: str, topic: str, away: Callable[[str], Exception]
) -> AsyncIterator[tuple[AIOKafkaConsumer, list[TopicPartition]]]:
    """A started consumer that nobody else uses, gone at the end, and the partitions of the topic.

    Whatever Kafka does not do, or not in time, is raised as what `away` makes of the reason; within the body too.
    """
    consumer = reader(bootstrap_servers, client_id, fetch_max_wait_ms=EMPTY_FETCH_MS)
    try:
        async with asyncio.timeout(START_SECONDS):
            await consumer.start()
            partitions = await partitions_of(consumer, topic)
        yield consumer, partitions
    except KafkaError as error:
        raise away(repr(error)) from error
    except LookupError as error:
        # The topic is not there, or Kafka's answer leaves out a partition that was asked for.
        raise away(str(error)) from error
    except TimeoutError as error:
        raise away("Kafka did not answer in time") from error
    finally:
        await consumer.stop()
