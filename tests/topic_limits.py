"""Another limit for a topic of a real broker, as an operator may set it behind our back."""

import asyncio
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from connectors_shared.runtime.kafka_admin import admin_client

LIMIT = "max.message.bytes"
AFTERWARDS = ("delete.retention.ms", "86400001")
"""Something else that nobody here needs, to be changed after it."""


async def limit_records(servers: str, topic: str, most_bytes: int) -> None:
    """Returns when the broker judges by it. An answer of its admin client says only that it will.

    A broker takes over one change of its metadata after another, each in several places: what it shows of the second
    says that the first is in all of them.
    """
    async with admin_client(servers) as admin:
        for configs in ({LIMIT: str(most_bytes)}, {LIMIT: str(most_bytes), AFTERWARDS[0]: AFTERWARDS[1]}):
            await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs=configs)])
            async with asyncio.timeout(30):
                while not configs.items() <= (await _configs(admin, topic)).items():
                    await asyncio.sleep(0.01)


async def _configs(admin: AIOKafkaAdminClient, topic: str) -> dict[str, Any]:
    wanted = {LIMIT: None, AFTERWARDS[0]: None}
    [response] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs=wanted)])
    [(*_, entries)] = response.resources
    return {name: value for name, value, *_ in entries}
