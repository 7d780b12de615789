"""A loop beside the API that meets a fault of ours ends the process, so that it is started anew."""

import asyncio

import asyncpg
import pytest
from pydantic import SecretStr

from connector_registry import SCHEMA
from connector_registry.settings import Settings
from connectors_shared.runtime.roles import Role, acting_as
from connectors_shared.runtime.supervision import Supervisor
from tests.integration.registry.conftest import JWT_SECRET, KEYS, Running


async def test_a_publisher_that_finds_no_table_ends_the_process(
    database: str, run_registry: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = asyncio.Event()
    monkeypatch.setattr("connector_registry.app.Supervisor", lambda: Supervisor(ended.set))
    settings = Settings(
        kafka_bootstrap_servers="127.0.0.1:1",
        database_url=SecretStr(database),
        encryption_keys=SecretStr(KEYS),
        jwt_secret=SecretStr(JWT_SECRET),
    )
    async with run_registry(settings):
        owner = await asyncpg.connect(acting_as(database, SCHEMA, Role.OWNER))
        try:
            await owner.execute("DROP TABLE registry.outbox CASCADE")
        finally:
            await owner.close()
        await asyncio.wait_for(ended.wait(), 60)
