"""One measurement: topics, keys and a database of its own, an upstream, and processes under the clock."""

import base64
import os
import secrets
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import orjson
from aiokafka import AIOKafkaProducer

from bench.broker import Broker, open_broker
from bench.certificates import make_certificates
from bench.cost import Cost
from bench.definitions import TOKEN, TRANSFORM, WORKSPACE, a_bearer, many_connectors
from bench.measured import Reading
from bench.results import count_failures
from bench.servers import Servers, until
from bench.traffic import Traffic
from connectors_local.ports import LOOPBACK, free_port
from connectors_local.processes import ChildProcess
from connectors_local.servers.managed import port_accepts
from connectors_local.testservers import fresh_database
from connectors_local.topics import create_topics
from connectors_shared.contract.connector import PublishedConnector
from connectors_shared.contract.facts import connector_key, credential_key
from connectors_shared.contract.topics import CONFIG, EXECUTE, RESULT
from connectors_shared.runtime.kafka import producer as open_producer
from connectors_shared.runtime.secrets import Keyring

WARM_UP = 0.15
"""The warm-up's size, as a share of the burst that counts."""
START_SECONDS = 120.0
BURST_SECONDS = 300.0
STOP_SECONDS = 25.0
IN_FLIGHT = 256
"""Calls in flight of the bare loop, and of an executor that is compared with it."""
SPREAD = 50
"""Connectors over which the executions of such a comparison are spread."""


@dataclass(slots=True)
class Scenario:
    """Made by `open_scenario`, which also ends what is started here."""

    servers: Servers
    prefix: str
    database_url: str
    upstream: str
    producer: AIOKafkaProducer
    broker: Broker
    traffic: Traffic
    subjects: list[ChildProcess] = field(default_factory=list)
    companions: list[ChildProcess] = field(default_factory=list)
    """Other services, which are not under the clock by themselves."""
    authority: Path | None = None
    """The certificate by which callers know the upstream, when it is asked over TLS."""
    keys: str = field(default_factory=lambda: "b:" + base64.b64encode(os.urandom(32)).decode())
    """Under which executors find secrets sealed."""

    @property
    def group(self) -> str:
        return self.prefix + "executor"

    @property
    def origin(self) -> str:
        return f"{'http' if self.authority is None else 'https'}://{self.upstream}"

    def url(self, path: str) -> str:
        return f"{self.origin}{path}"

    async def publish(self, connectors: Sequence[PublishedConnector]) -> None:
        for connector in connectors:
            key = connector_key(connector.connector_id).to_bytes()
            await self.producer.send(self.prefix + CONFIG.name, connector.to_json(), key)
            if connector.workspace_id != WORKSPACE:
                self.traffic.workspaces[connector.connector_id] = connector.workspace_id
        await self.producer.flush()

    async def publish_look_ups(self, path: str = "/people", count: int = SPREAD, **config: str) -> list[UUID]:
        """So many connectors with one bearer token; returns their ids."""
        credential = a_bearer(self.origin, Keyring.parse(self.keys))
        key = credential_key(credential.credential_id).to_bytes()
        await self.producer.send(self.prefix + CONFIG.name, credential.to_json(), key)
        connectors = many_connectors(self.url(path), count, credential_id=credential.credential_id, **config)
        await self.publish(connectors)
        return [connector.connector_id for connector in connectors]

    async def start_executors(
        self, count: int = 1, *, command: Sequence[str] = ("-m", "connector_executor"), **settings: object
    ) -> list[ChildProcess]:
        """Returns when all are in the group, and so have loaded every definition."""
        for _ in range(count):
            self.spawn_executor(command=command, **settings)
        await self._settled(self.group)
        return self.subjects

    def spawn_executor(
        self, *, command: Sequence[str] = ("-m", "connector_executor"), **settings: object
    ) -> ChildProcess:
        """Started, and no more."""
        environment = (
            self.environment() | self._trust() | {f"CONNECTORS_{key.upper()}": str(v) for key, v in settings.items()}
        )
        name = f"{self.prefix}executor-{len(self.subjects) + 1}"
        child = self.servers.spawn(name, [*command], environment | {"CONNECTORS_PORT": str(free_port())})
        self.subjects.append(child)
        return child

    async def start_bare_loop(self, url: str, transform: str = TRANSFORM) -> None:
        arguments = ["-m", "bench.bare_loop", self.servers.kafka, self.prefix, url, transform, TOKEN]
        self.subjects.append(self.servers.spawn(self.prefix + "bare", arguments, self._trust()))
        await self._settled(self.prefix + "bare")

    async def stop_subjects(self) -> None:
        for child in (*self.companions, *self.subjects):
            await child.stop(STOP_SECONDS)
        self.companions.clear()
        self.subjects.clear()

    async def cost_of(self, connectors: Sequence[UUID]) -> Cost:
        """What one execution costs when there is work for all: first a smaller burst to warm up, then one per entry.

        Counted from idle to idle. A cut within a burst would be wrong: results trail the calls, by seconds when
        calls are short, so at a cut the work of many results to come is done already. The processes stand still
        while the burst is published, so that publishing takes nothing from them.
        """
        await self._run(connectors[: round(len(connectors) * WARM_UP)])
        return Cost.between(*await self._run(connectors))

    async def _run(self, connectors: Sequence[UUID]) -> tuple[Reading, Reading]:
        begins = await self.broker.ends(RESULT)
        done_before = sum(begins.values())
        for child in self.subjects:
            child.pause()
        try:
            await self.traffic.burst(connectors)
            before = self.reading(done_before)
        finally:
            for child in self.subjects:
                child.resume()
        after = await self._reading_at(done_before + len(connectors))
        if failures := await count_failures(self.servers.kafka, begins, len(connectors)):
            raise RuntimeError(f"{failures} of {len(connectors)} executions failed: their cost says nothing")
        return before, after

    async def cost_at(self, per_second: float, seconds: float, connectors: Sequence[UUID]) -> Cost:
        """The same at a fixed rate, in turn over `connectors`, after a moment of it to warm up."""
        await self._steadily(per_second, WARM_UP * seconds, connectors)
        return Cost.between(*await self._steadily(per_second, seconds, connectors))

    async def _steadily(self, per_second: float, seconds: float, connectors: Sequence[UUID]) -> tuple[Reading, Reading]:
        done_before = await self.broker.count(RESULT)
        before = self.reading(done_before)
        await self.traffic.steady(per_second, seconds, lambda turn: connectors[turn % len(connectors)])
        return before, await self._reading_at(done_before + round(per_second * seconds))

    def reading(self, finished: int) -> Reading:
        return Reading.take(finished, self.subjects, self.servers.others(self.subjects))

    async def ask_upstream(self, path: str) -> Any:
        tls = self.authority is None or ssl.create_default_context(cafile=self.authority)
        async with aiohttp.ClientSession() as session, session.get(self.url(path), ssl=tls) as response:
            return orjson.loads(await response.read())

    async def _reading_at(self, results: int) -> Reading:
        finished = 0

        async def enough() -> bool:
            nonlocal finished
            finished = await self.broker.count(RESULT)
            return finished >= results

        await until(enough, f"result {results}", self.subjects, BURST_SECONDS)
        return self.reading(finished)

    async def _settled(self, group: str) -> None:
        members = len(self.subjects)
        await until(lambda: self.broker.is_stable(group, members), "stable group", self.subjects, START_SECONDS)

    def _trust(self) -> dict[str, str]:
        return {} if self.authority is None else {"SSL_CERT_FILE": str(self.authority)}

    def environment(self) -> dict[str, str]:
        """Where a service finds what is this scenario's."""
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.servers.kafka,
            "REDIS_URL": self.servers.valkey,
            "DATABASE_URL": self.database_url,
            "CONNECTORS_TOPIC_PREFIX": self.prefix,
            "CONNECTORS_GROUP_ID": self.group,
            "CONNECTORS_KEY_PREFIX": self.prefix,
            "CONNECTORS_ENCRYPTION_KEYS": self.keys,
            "CONNECTORS_EGRESS_GRANTS": self.upstream,
        }


@asynccontextmanager
async def open_scenario(servers: Servers, latency_ms: float, *, tls: bool = False) -> AsyncIterator[Scenario]:
    """`tls`: the upstream is asked over TLS, and known by an authority of the bench's own."""
    prefix = f"b{secrets.token_hex(4)}."
    async with AsyncExitStack() as stack:
        database_url = await stack.enter_async_context(fresh_database(servers.postgres))
        certificates = make_certificates(servers.folder, prefix) if tls else None
        served = () if certificates is None else (str(certificates.served),)
        upstream = await stack.enter_async_context(_upstream(servers, prefix, latency_ms, *served))
        await create_topics(servers.kafka, prefix=prefix)
        producer = open_producer(servers.kafka, "bench")
        await producer.start()
        stack.push_async_callback(producer.stop)
        broker = await stack.enter_async_context(open_broker(servers.kafka, prefix))
        traffic = Traffic(producer, prefix + EXECUTE.name)
        scenario = Scenario(servers, prefix, database_url, upstream, producer, broker, traffic)
        scenario.authority = None if certificates is None else certificates.authority
        stack.push_async_callback(scenario.stop_subjects)
        yield scenario


@asynccontextmanager
async def _upstream(servers: Servers, prefix: str, latency_ms: float, *certificate: str) -> AsyncIterator[str]:
    port = free_port()
    child = servers.spawn(f"{prefix}upstream", ["-m", "bench.upstream", str(port), str(latency_ms), *certificate])
    try:
        await until(lambda: port_accepts(LOOPBACK, port), "upstream", [child], START_SECONDS)
        yield f"{LOOPBACK}:{port}"
    finally:
        await child.stop(1.0)
