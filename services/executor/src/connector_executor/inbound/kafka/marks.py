"""The marks that earlier owners committed with their offsets: a consumer's own call gives the offset alone."""

from collections.abc import Collection

from aiokafka import TopicPartition
from aiokafka.errors import GroupLoadInProgressError

from connector_executor.inbound.kafka.window import Mark
from connectors_shared.runtime.kafka_admin import admin_client


async def committed_marks(
    bootstrap_servers: str, group_id: str, partitions: Collection[TopicPartition]
) -> dict[TopicPartition, Mark]:
    """Of the partitions that have one. Raises KafkaError.

    A coordinator that has no answer says so for the whole group, which the client takes for "nothing was committed".
    """
    if not partitions:
        return {}
    async with admin_client(bootstrap_servers, request_timeout_ms=10_000) as admin:
        offsets = await admin.list_consumer_group_offsets(group_id, partitions=list(partitions))
    if missing := set(partitions) - offsets.keys():
        raise GroupLoadInProgressError(f"the coordinator of {group_id} told nothing of {len(missing)} partitions")
    marks = {partition: Mark.parse(found.metadata or "") for partition, found in offsets.items()}
    return {partition: mark for partition, mark in marks.items() if mark is not None}
