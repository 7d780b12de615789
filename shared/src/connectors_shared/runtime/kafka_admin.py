"""Questions to a cluster, and changes of it, over connections that are gone afterwards."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient

from connectors_shared.runtime.kafka import disconnect, whole


@asynccontextmanager
async def admin_client(bootstrap_servers: str, **overrides: Any) -> AsyncIterator[AIOKafkaAdminClient]:
    """A started one. Raises KafkaError where no broker answers."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers, **overrides)
    try:
        await whole(admin.start)
        yield admin
    finally:
        await disconnect(admin._client)
