"""A real executor between real Kafka and Valkey, and an upstream that records what reaches it."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from aiohttp import web
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from starlette.applications import Starlette

from connector_executor.app import build_service
from connector_executor.settings import ExecutorSettings
from connectors_local.topics import create_topics
from connectors_shared.contract.connector import PublishedConnector, PublishedVersion
from connectors_shared.contract.credential import PublishedCredential
from connectors_shared.contract.execution import ConnectorExecute, ConnectorResult
from connectors_shared.contract.facts import Deletion, connector_key, credential_key, version_key
from connectors_shared.contract.grant import PublishedGrant
from connectors_shared.contract.topics import CONFIG, EXECUTE, RESULT, TOPICS
from connectors_shared.runtime.kafka import producer as open_producer
from connectors_shared.runtime.kafka import reader
from connectors_shared.runtime.secrets import Keyring, SecretPlace

KEYS = "test:" + base64.b64encode(b"k" * 32).decode()
INTERNAL_TOKEN = "internal-token-for-tests-0123456789abcdef"
WORKSPACE = UUID("11111111-1111-4111-8111-111111111111")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Upstream:
    """Answers with `answer(request)`, and keeps every request line, header and body."""

    port: int = 0
    seen: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    answer: Handler | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.seen.append((request.method, request.path_qs, dict(request.headers), body))
        if self.answer is not None:
            return await self.answer(request)
        return web.json_response({"echo": dict(request.query)})


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    upstream = Upstream()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", upstream.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    upstream.port = runner.addresses[0][1]
    yield upstream
    await runner.cleanup()


class Bench:
    """One broker, one executor, and the flow engine's side of the conversation."""

    def __init__(self, settings: ExecutorSettings, producer: AIOKafkaProducer, keyring: Keyring) -> None:
        self.settings = settings
        self.producer = producer
        self.keyring = keyring
        self.results: list[bytes] = []
        self.app: Starlette | None = None
        self._stack = AsyncExitStack()
        self._readers: dict[str, AIOKafkaConsumer] = {}
        self._revisions = count(1)

    async def start_executor(self) -> None:
        self.app = (await build_service(self.settings)).api
        await self._stack.enter_async_context(self.app.router.lifespan_context(self.app))

    def internal(self, token: str = INTERNAL_TOKEN) -> httpx2.AsyncClient:
        """The started executor's internal API."""
        assert self.app is not None
        headers = {"Authorization": f"Bearer {token}"}
        return httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=self.app), base_url="http://executor", headers=headers
        )

    async def stop_executor(self) -> None:
        await self._stack.aclose()

    async def publish(
        self,
        url: str,
        *,
        version: int = 1,
        credential_id: UUID | None = None,
        secrets_id: UUID | None = None,
        newer: dict[str, Any] | None = None,
        **config: Any,
    ) -> UUID:
        """`newer` are parts of the message as only a newer registry writes them."""
        if config.pop("credential_stale", False):
            credential_id = await self.publish_credential("stale", origins=(url,), status="stale")
        connector_id = config.pop("connector_id", None) or uuid4()
        published = PublishedConnector.model_validate(
            {
                "connector_id": connector_id,
                "workspace_id": WORKSPACE,
                "revision": next(self._revisions),
                "changed_at": datetime.now(UTC),
                "version": version,
                "name": "Example",
                "enabled": config.pop("enabled", True),
                "input_schema": config.pop("input_schema", {}),
                "credential_id": credential_id,
                "secrets_id": secrets_id,
                "config": {"method": "GET", "url": url, "retry_delay": 10} | config,
            }
        )
        value = json.dumps(json.loads(published.to_json()) | (newer or {})).encode()
        await self.producer.send_and_wait(
            self.settings.topic_prefix + CONFIG.name, value, connector_key(connector_id).to_bytes()
        )
        return connector_id

    async def publish_version(self, connector_id: UUID, version: int, url: str) -> None:
        """A definition of the connector that is not the published one any more."""
        former = PublishedVersion.model_validate(
            {
                "connector_id": connector_id,
                "workspace_id": WORKSPACE,
                "revision": next(self._revisions),
                "changed_at": datetime.now(UTC),
                "version": version,
                "config": {"method": "GET", "url": url},
            }
        )
        topic, key = self.settings.topic_prefix + CONFIG.name, version_key(connector_id, version)
        await self.producer.send_and_wait(topic, former.to_json(), key.to_bytes())

    async def grant(self, host: str, port: int, connector_id: UUID | None = None) -> None:
        granted = PublishedGrant(
            workspace_id=WORKSPACE,
            revision=1,
            changed_at=datetime.now(UTC),
            grant_id=uuid4(),
            connector_id=connector_id,
            host=host,
            port=port,
        )
        topic = self.settings.topic_prefix + CONFIG.name
        await self.producer.send_and_wait(topic, granted.to_json(), granted.key().to_bytes())

    async def delete(self, connector_id: UUID) -> None:
        deletion = Deletion(workspace_id=WORKSPACE, revision=next(self._revisions), changed_at=datetime.now(UTC))
        topic = self.settings.topic_prefix + CONFIG.name
        await self.producer.send_and_wait(topic, deletion.to_json(), connector_key(connector_id).to_bytes())

    async def publish_credential(
        self,
        token: str,
        *,
        origins: Sequence[str],
        credential_id: UUID | None = None,
        secrets: dict[str, str] | None = None,
        **fields: Any,
    ) -> UUID:
        """A bearer token that may be sent there; `secrets` are others by their fields."""
        credential_id = credential_id or uuid4()
        texts = {"token": token} | (secrets or {})
        places = {name: SecretPlace(str(WORKSPACE), str(credential_id), name, tuple(origins)) for name in texts}
        published = PublishedCredential.model_validate(
            {
                "credential_id": credential_id,
                "workspace_id": WORKSPACE,
                "revision": next(self._revisions),
                "changed_at": datetime.now(UTC),
                "type": "bearer",
                "sealed": {name: self.keyring.seal(text, places[name]) for name, text in texts.items()},
                "allowed_origins": list(origins),
            }
            | fields
        )
        topic = self.settings.topic_prefix + CONFIG.name
        await self.producer.send_and_wait(topic, published.to_json(), credential_key(credential_id).to_bytes())
        return credential_id

    async def execute(self, connector_id: UUID, **fields: Any) -> ConnectorExecute:
        event = ConnectorExecute.model_validate(
            {"execution_id": uuid4(), "workspace_id": WORKSPACE, "connector_id": connector_id} | fields
        )
        await self.send(event.to_json(), event.key())
        return event

    async def send(self, value: bytes, key: bytes = b"k", headers: Any = None) -> None:
        topic = self.settings.topic_prefix + EXECUTE.name
        await self.producer.send_and_wait(topic, value, key=key, headers=headers or [])

    async def read(self, topic: str, count: int) -> list[Any]:
        """The next `count` records of a topic, from its beginning on."""
        reader_ = await self._reader(self.settings.topic_prefix + topic)
        return [await reader_.getone() for _ in range(count)]

    async def result(self) -> ConnectorResult:
        [record] = await self.read(RESULT.name, 1)
        self.results.append(record.value)
        return ConnectorResult.model_validate_json(record.value)

    async def committed(self) -> int:
        """Sum of the group's committed offsets over all partitions."""
        topic = self.settings.topic_prefix + EXECUTE.name
        consumer = reader(self.settings.kafka_bootstrap_servers, "test", group_id=self.settings.group_id)
        await consumer.start()
        try:
            partitions = [TopicPartition(topic, number) for number in range(EXECUTE.partitions)]
            return sum([await consumer.committed(partition) or 0 for partition in partitions])
        finally:
            await consumer.stop()

    async def until_committed(self, count: int, seconds: float = 15) -> None:
        deadline = time.monotonic() + seconds
        while (committed := await self.committed()) < count:
            assert time.monotonic() < deadline, f"{committed} committed, not {count}"
            await asyncio.sleep(0.05)

    async def close(self) -> None:
        await self.stop_executor()
        for reader_ in self._readers.values():
            await reader_.stop()

    async def _reader(self, topic: str) -> AIOKafkaConsumer:
        if topic not in self._readers:
            reader_ = reader(self.settings.kafka_bootstrap_servers, "test")
            await reader_.start()
            known = {self.settings.topic_prefix + known.name: known.partitions for known in TOPICS}
            partitions = [TopicPartition(topic, number) for number in range(known[topic])]
            reader_.assign(partitions)
            await reader_.seek_to_beginning(*partitions)
            self._readers[topic] = reader_
        return self._readers[topic]


@pytest.fixture
async def bench(
    kafka_servers: str, valkey_url: str, database: str, topic_prefix: str, key_prefix: str, upstream: Upstream
) -> AsyncIterator[Bench]:
    await create_topics(kafka_servers, prefix=topic_prefix)
    settings = ExecutorSettings.model_validate(
        {
            "kafka_bootstrap_servers": kafka_servers,
            "redis_url": valkey_url,
            "database_url": database,
            "encryption_keys": KEYS,
            "internal_callers": f"operator:{INTERNAL_TOKEN}",
            "egress_grants": f"127.0.0.1:{upstream.port}",
            "internal_grants": True,
            "topic_prefix": topic_prefix,
            "group_id": topic_prefix + "executor",
            "key_prefix": key_prefix,
            "commit_seconds": 0.1,
        }
    )
    producer = open_producer(kafka_servers, "test")
    await producer.start()
    bench = Bench(settings, producer, Keyring.parse(KEYS))
    yield bench
    await bench.close()
    await producer.stop()
