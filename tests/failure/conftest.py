"""A bench on the session's servers, for tests that break executors only."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connectors_local.processes import Supervisor
from tests.failure.bench import Bench


@pytest.fixture
async def bench(
    kafka_servers: str, valkey_url: str, database: str, supervisor: Supervisor, tmp_path: Path
) -> AsyncIterator[Bench]:
    async with Bench(kafka_servers, valkey_url, database, supervisor, tmp_path).open() as bench:
        yield bench
