"""The registry as it runs, on real Postgres and Kafka."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from aiokafka import TopicPartition
from pydantic import SecretStr

from connector_registry.app import build_service
from connector_registry.settings import Settings
from connectors_local import ports
from connectors_local.topics import create_topics
from connectors_shared.contract.topics import CONFIG
from connectors_shared.runtime.kafka import reader
from tests.tokens import EDITOR, bearer

JWT_SECRET = "a-secret-only-for-tests-0123456789abcdef"
INTERNAL = "http://internal"
KEYS = "k1:" + base64.b64encode(b"A" * 32).decode()

Running = Callable[..., AbstractAsyncContextManager[httpx2.AsyncClient]]


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    """A registry with its lifespan; leaving it stops the publisher and closes every connection.

    What is for operators answers at `INTERNAL`.
    """
    service = await build_service(settings)
    assert service.internal is not None
    async with (
        service.api.router.lifespan_context(service.api),
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=service.api),
            mounts={INTERNAL: httpx2.ASGITransport(app=service.internal)},
            base_url="http://registry",
        ) as client,
    ):
        yield client


@pytest.fixture
def run_registry() -> Running:
    return running


@pytest.fixture
async def settings(database: str, kafka_servers: str, topic_prefix: str) -> Settings:
    await create_topics(kafka_servers, topics=(CONFIG,), prefix=topic_prefix)
    return Settings(
        kafka_bootstrap_servers=kafka_servers,
        database_url=SecretStr(database),
        encryption_keys=SecretStr(KEYS),
        jwt_secret=SecretStr(JWT_SECRET),
        topic_prefix=topic_prefix,
        publish_wait_seconds=20,
    )


@pytest.fixture
async def client(settings: Settings, sign_in: Callable[..., dict[str, str]]) -> AsyncIterator[httpx2.AsyncClient]:
    """Signed in as an editor of a workspace of this test's own."""
    async with running(settings) as client:
        client.headers.update(sign_in(uuid4()))
        yield client


@pytest.fixture
def sign_in() -> Callable[..., dict[str, str]]:
    def headers(workspace: UUID, scopes: Iterable[str] = EDITOR) -> dict[str, str]:
        return bearer(JWT_SECRET, workspace, scopes)

    return headers


async def published(client: httpx2.AsyncClient, path: str, headers: dict[str, str]) -> None:
    async with asyncio.timeout(60):
        while not (await client.get(path, headers=headers)).json()["published"]:
            await asyncio.sleep(0.05)  # the answer is on the other side of HTTP


async def topic_messages(
    servers: str, topic: str, isolation_level: str = "read_committed"
) -> list[tuple[str, bytes | None]]:
    """Key and value of each, in order.

    A commit is told before its markers are written: the end is that of what is not decided yet too.
    """
    partition = TopicPartition(topic, 0)
    async with reader(servers, "test") as ends, reader(servers, "test", isolation_level=isolation_level) as consumer:
        end = (await ends.end_offsets([partition]))[partition]
        consumer.assign([partition])
        found: list[tuple[str, bytes | None]] = []
        while await consumer.position(partition) < end:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += [(record.key.decode(), record.value) for record in records]
        return found


@pytest.fixture
def config_messages(kafka_servers: str, topic_prefix: str) -> Callable[[], Any]:
    """Everything that is committed on the config topic up to its end now: (key, value) in order."""

    async def read() -> list[tuple[str, bytes | None]]:
        return await topic_messages(kafka_servers, topic_prefix + CONFIG.name)

    return read


@pytest.fixture
def a_connector() -> Callable[..., dict[str, Any]]:
    def build(**fields: Any) -> dict[str, Any]:
        config = {
            "method": "GET",
            "url": "https://api.example.com/{{input.phone}}",
            "auth": {"type": "bearer", "token": "canary-token-0123456789"},
        }
        return {"name": "Lookup", "config": config, "input_schema": {"phone": {"required": True}}} | fields

    return build


@pytest.fixture
def free_port() -> Iterator[int]:
    port = ports.free_port()
    yield port
    ports.release_port(port)
