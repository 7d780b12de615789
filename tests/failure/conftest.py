"""A bench on the session's servers, for tests that break only executors or the network in between."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connectors_local.processes import Supervisor
from connectors_local.servers import ValkeyServer
from tests.failure.bench import Bench
from tests.failure.network import broker_proxy, store_proxy, upstream_proxy
from tests.failure.proxy import Proxy


@pytest.fixture
async def bench(
    kafka_servers: str, valkey_url: str, database: str, supervisor: Supervisor, tmp_path: Path
) -> AsyncIterator[Bench]:
    async with Bench(kafka_servers, valkey_url, database, supervisor, tmp_path).open() as bench:
        yield bench


@pytest.fixture
def durable() -> bool:
    """Whether a Valkey of a test's own writes what it knows to disk by itself."""
    return False


@pytest.fixture
async def valkey(supervisor: Supervisor, tmp_path: Path, durable: bool) -> AsyncIterator[ValkeyServer]:
    """Of this test's own. A module whose bench is to use it lets `valkey_url` name it."""
    valkey = ValkeyServer(supervisor, tmp_path / "valkey", durable=durable)
    await valkey.start()
    yield valkey
    valkey.kill()
    valkey.release_ports()


@pytest.fixture
async def store(bench: Bench) -> AsyncIterator[Proxy]:
    async with store_proxy(bench) as proxy:
        yield proxy


@pytest.fixture
async def broker(bench: Bench) -> AsyncIterator[Proxy]:
    async with broker_proxy(bench) as proxy:
        yield proxy


@pytest.fixture
async def upstream(bench: Bench) -> AsyncIterator[Proxy]:
    async with upstream_proxy(bench) as proxy:
        yield proxy
