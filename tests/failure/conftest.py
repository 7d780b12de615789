"""A bench on the session's servers, for tests that break only executors or the network in between."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connectors_local.processes import Supervisor
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
