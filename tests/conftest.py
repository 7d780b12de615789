"""Real servers for the tests that ask for them; a session that asks for none starts none."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connectors_local.processes import Supervisor
from connectors_local.testservers import ServerKind, ServerPool, fresh_database, unique_prefix

KIND_OF_FIXTURE = {
    "kafka_servers": ServerKind.KAFKA,
    "postgres_url": ServerKind.POSTGRES,
    "valkey_url": ServerKind.VALKEY,
}


FRAMES_OF_A_SERVICE = 1000


@pytest.fixture(autouse=True)
def recursion_limit_of_a_service() -> None:
    """Whichever test ran before: importing jsonata raises the limit of the whole process."""
    sys.setrecursionlimit(FRAMES_OF_A_SERVICE)


@pytest.fixture(scope="session")
async def server_pool(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerPool]:
    pool = ServerPool(tmp_path_factory.mktemp("servers"))
    yield pool
    await pool.stop()


async def address_of(kind: ServerKind, pool: ServerPool, request: pytest.FixtureRequest) -> str:
    """Start this server and, at the same time, every other one that a test of the session will ask for."""
    asked_for = {name for item in request.session.items for name in getattr(item, "fixturenames", ())}
    others = {other for name, other in KIND_OF_FIXTURE.items() if name in asked_for}
    await pool.ensure({kind, *others})
    return pool.addresses[kind]


@pytest.fixture(scope="session")
async def kafka_servers(server_pool: ServerPool, request: pytest.FixtureRequest) -> str:
    """Bootstrap servers of a real Apache Kafka. Use `topic_prefix` for topics and groups."""
    return await address_of(ServerKind.KAFKA, server_pool, request)


@pytest.fixture(scope="session")
async def postgres_url(server_pool: ServerPool, request: pytest.FixtureRequest) -> str:
    """The server's maintenance database. Use `database` for tables."""
    return await address_of(ServerKind.POSTGRES, server_pool, request)


@pytest.fixture(scope="session")
async def valkey_url(server_pool: ServerPool, request: pytest.FixtureRequest) -> str:
    """A real Valkey. Use `key_prefix` for keys."""
    return await address_of(ServerKind.VALKEY, server_pool, request)


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[str]:
    """The URL of an empty database of this test's own."""
    async with fresh_database(postgres_url) as url:
        yield url


@pytest.fixture
def topic_prefix() -> str:
    return unique_prefix()


@pytest.fixture
def key_prefix() -> str:
    return unique_prefix()


@pytest.fixture
async def supervisor(tmp_path: Path) -> AsyncIterator[Supervisor]:
    """For tests that start, pause and kill servers or processes of their own."""
    supervisor = Supervisor(tmp_path / "processes")
    yield supervisor
    await supervisor.stop_all(grace_seconds=2)
