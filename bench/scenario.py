"""One measurement: fresh topics, the same messages, a process under the clock."""

import asyncio
import base64
import os
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

import psutil
from aiokafka import TopicPartition

from connectors_local.ports import LOOPBACK, free_port
from connectors_local.processes import ChildProcess, Supervisor
from connectors_local.testservers import ServerKind, ServerPool
from connectors_local.topics import create_topics
from connectors_shared.contract.connector import PublishedConnector
from connectors_shared.contract.execution import ConnectorExecute
from connectors_shared.contract.topics import CONFIG, EXECUTE, RESULT
from connectors_shared.runtime.kafka import producer as open_producer
from connectors_shared.runtime.kafka import reader

WORKSPACE = UUID("11111111-1111-4111-8111-111111111111")
EXPRESSION = (
    '{"identity": identities[0].{"firstName": firstName, "lastName": lastName, "fullName": firstName & " " & lastName, '
    '"city": city, "primaryPhone": phones[0].phone}, "data": {"income": identities[0].data.householdIncomeMidpoint, '
    '"credit": identities[0].data.creditMidpoint}}'
)
POLL_SECONDS = 0.02
WARM_UP = 0.1
"""The share of the messages that runs before the clock starts."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one run: CPU microseconds per execution, executions per second, resident bytes at the end."""

    cpu_us: float
    per_second: float
    resident_bytes: int

    def __str__(self) -> str:
        return f"{self.cpu_us:6.0f} µs CPU, {self.per_second:6.0f}/s, {self.resident_bytes / 2**20:4.0f} MiB resident"


@dataclass(slots=True)
class Servers:
    """Where Kafka and Valkey are, and what starts processes."""

    kafka: str
    valkey: str
    folder: Path
    supervisor: Supervisor


@asynccontextmanager
async def scenario_servers(folder: Path) -> AsyncIterator[Servers]:
    pool = ServerPool(folder)
    await pool.ensure([ServerKind.KAFKA, ServerKind.VALKEY])
    try:
        yield Servers(pool.addresses[ServerKind.KAFKA], pool.addresses[ServerKind.VALKEY], folder, pool.supervisor)
    finally:
        await pool.stop()


@dataclass(slots=True)
class Scenario:
    """`messages` executions of one connector against an upstream of `latency_ms`."""

    servers: Servers
    messages: int
    latency_ms: float
    _prefix: str = field(default="", init=False)

    async def bare_loop(self) -> Figures:
        async with self._upstream() as url:
            await self._produce(url)
            arguments = [self.servers.kafka, self._prefix, url, EXPRESSION, str(self.messages)]
            return await self._measure("bare", ["-m", "bench.bare_loop", *arguments], {})

    async def executor(self) -> Figures:
        async with self._upstream() as url:
            await self._produce(url)
            environment = {
                "KAFKA_BOOTSTRAP_SERVERS": self.servers.kafka,
                "REDIS_URL": self.servers.valkey,
                "CONNECTORS_TOPIC_PREFIX": self._prefix,
                "CONNECTORS_GROUP_ID": self._prefix + "executor",
                "CONNECTORS_KEY_PREFIX": self._prefix,
                "CONNECTORS_ENCRYPTION_KEYS": "b:" + base64.b64encode(os.urandom(32)).decode(),
                "CONNECTORS_EGRESS_GRANTS": url.removeprefix("http://").split("/")[0],
                "CONNECTORS_PORT": str(free_port()),
                "CONNECTORS_MAX_IN_FLIGHT": "256",
                "CONNECTORS_MAX_IN_FLIGHT_PER_CONNECTOR": "256",
            }
            return await self._measure("executor", ["-m", "connector_executor"], environment)

    @asynccontextmanager
    async def _upstream(self) -> AsyncIterator[str]:
        port = free_port()
        child = self._spawn("upstream", ["-m", "bench.upstream", str(port), str(self.latency_ms)], {})
        try:
            yield f"http://{LOOPBACK}:{port}/byPhone"
        finally:
            await child.stop(1.0)

    async def _produce(self, url: str) -> None:
        self._prefix = f"b{secrets.token_hex(4)}."
        await create_topics(self.servers.kafka, prefix=self._prefix)
        producer = open_producer(self.servers.kafka, "bench")
        await producer.start()
        connector_id = uuid4()
        query = [{"key": "phone", "valueType": "input", "inputField": "phoneNumber", "required": True}]
        config = {"method": "GET", "url": url, "queryParams": query, "responseTransform": EXPRESSION}
        published = PublishedConnector.model_validate(
            {"connectorId": connector_id, "workspaceId": WORKSPACE, "version": 1, "name": "Bench", "config": config}
        )
        await producer.send_and_wait(self._prefix + CONFIG.name, published.to_json(), str(connector_id).encode())
        for number in range(self.messages):
            event = ConnectorExecute(
                execution_id=uuid4(),
                workspace_id=WORKSPACE,
                connector_id=connector_id,
                inputs={"phoneNumber": str(6_260_000_000 + number)},
            )
            await producer.send(self._prefix + EXECUTE.name, event.to_json(), event.key())
        await producer.stop()

    async def _measure(self, name: str, arguments: list[str], environment: dict[str, str]) -> Figures:
        child = self._spawn(name, arguments, environment)
        process = psutil.Process(child.popen.pid)
        try:
            began = await self._results(round(self.messages * WARM_UP))
            cpu_before = cpu_seconds(process)
            ended = await self._results(self.messages)
            cpu = cpu_seconds(process) - cpu_before
            resident = process.memory_info().rss
        finally:
            await child.stop(20.0)
        counted = self.messages * (1 - WARM_UP)
        return Figures(cpu / counted * 1e6, counted / (ended - began), resident)

    async def _results(self, count: int) -> float:
        """Returns the loop's time when so many results are in the topic."""
        loop = asyncio.get_running_loop()
        topic = self._prefix + RESULT.name
        partitions = [TopicPartition(topic, number) for number in range(RESULT.partitions)]
        consumer = reader(self.servers.kafka, "bench")
        await consumer.start()
        try:
            while sum((await consumer.end_offsets(partitions)).values()) < count:
                await asyncio.sleep(POLL_SECONDS)
            return loop.time()
        finally:
            await consumer.stop()

    def _spawn(self, name: str, arguments: list[str], environment: dict[str, str]) -> ChildProcess:
        log_path = self.servers.folder / f"{self._prefix}{name}.log"
        return self.servers.supervisor.spawn(
            name,
            [sys.executable, *arguments],
            log_path=log_path,
            environment=environment,
            working_directory=Path.cwd(),
        )


def cpu_seconds(process: psutil.Process) -> float:
    """User and system time of the process itself, without its children."""
    times = process.cpu_times()
    return float(times.user + times.system)
