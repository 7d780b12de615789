"""Executors as real processes between a broker and a store that may fail, and the ledger of what they did."""

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
from aiohttp import web
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from connectors_local.processes import Supervisor
from connectors_local.services import Service, ServiceSpec
from connectors_local.testservers import unique_prefix
from connectors_local.topics import create_topics
from connectors_shared.contract.connector import PublishedConnector
from connectors_shared.contract.execution import ConnectorExecute
from connectors_shared.contract.facts import connector_key
from connectors_shared.contract.topics import CONFIG, EXECUTE, RESULT
from connectors_shared.runtime.kafka import producer as open_producer
from connectors_shared.runtime.kafka import reader
from connectors_shared.runtime.kafka_admin import admin_client
from tests.failure.ledger import Ledger

KEYS = "test:" + base64.b64encode(b"k" * 32).decode()
WORKSPACE = UUID("11111111-1111-4111-8111-111111111111")
IN_FLIGHT = 8
METHODS = ("GET", "POST")
"""One that may be repeated, and one that may not."""
LATENCY_SECONDS = 0.03
DRAIN_SECONDS = 5.0
ADMISSION_UP = "connectors_executor_admission_up"
IDEMPOTENCY_HEADER = "Idempotency-Key"
Answer = Callable[[str], web.Response]


class Bench:
    """One topic prefix on the given servers. `open` it; executors started by it end with it.

    `executor_settings` and `upstream_port` are what executors are told: a proxy in between changes them.
    """

    def __init__(
        self, kafka_servers: str, redis_url: str, database_url: str, supervisor: Supervisor, folder: Path
    ) -> None:
        self.kafka_servers = kafka_servers
        self.redis_url = redis_url
        self.database_url = database_url
        self.supervisor = supervisor
        self.folder = folder
        self.prefix = unique_prefix()
        self.ledger = Ledger()
        self.upstream_port = 0
        self.executor_settings: dict[str, str] = {}
        self.executors: list[Service] = []
        self.asked_by: dict[str, list[str]] = {method: [] for method in METHODS}
        self._connectors: dict[str, UUID] = {}
        self._events: dict[str, ConnectorExecute] = {}
        self._repeated = 0
        self.answer: Answer = lambda execution_id: web.json_response({"order": execution_id})
        self._producer: AIOKafkaProducer
        self._results: AIOKafkaConsumer

    @property
    def group_id(self) -> str:
        return f"{self.prefix}executor"

    async def executor(self, instance_id: str | None = None, **settings: str) -> Service:
        """A started, ready executor. With an `instance_id` a restart takes its partitions over at once."""
        spec = ServiceSpec(f"executor-{len(self.executors)}", "connector_executor", "executor", 0, "")
        folder = self.folder / spec.name
        service = Service(spec, self.supervisor, folder, folder.with_suffix(".log"))
        service.preferred_ports = {"http": None}
        instance = {"CONNECTORS_INSTANCE_ID": instance_id} if instance_id else {}
        service.environment = self._environment() | self.executor_settings | instance | settings
        self.executors.append(service)
        await service.start()
        return service

    async def publish(self, method: str, workspace_id: UUID = WORKSPACE, **config: Any) -> UUID:
        """A connector that sends the execution's id to the upstream."""
        connector_id = uuid4()
        published = PublishedConnector.model_validate(
            {
                "connector_id": connector_id,
                "workspace_id": workspace_id,
                "revision": 1,
                "changed_at": datetime.now(UTC),
                "version": 1,
                "name": "Example",
                "enabled": True,
                "input_schema": {},
                "config": {
                    "method": method,
                    "url": f"http://127.0.0.1:{self.upstream_port}/orders",
                    "query_params": [{"key": "id", "value_type": "input", "input_field": "id"}],
                    "max_in_flight": IN_FLIGHT,
                }
                | config,
            }
        )
        await self._producer.send_and_wait(
            self.prefix + CONFIG.name, published.to_json(), connector_key(connector_id).to_bytes()
        )
        return connector_id

    async def ask_each_method(self, executions: int) -> None:
        """So many calls that may be repeated, and as many that may not."""
        for method in METHODS:
            self.asked_by[method] += await self.ask(await self.connector(method), executions)

    async def connector(self, method: str) -> UUID:
        """The one for that method."""
        if method not in self._connectors:
            self._connectors[method] = await self.publish(method)
        return self._connectors[method]

    def check_each_method(self, most_calls: int) -> None:
        """Reads were repeated at most so often, writes never; whatever else became of a write is said to be unknown."""
        self.ledger.of(self.asked_by["GET"]).check_repeatable(most_calls)
        self.ledger.of(self.asked_by["POST"]).check_never_called_twice()

    async def ask(self, connector_id: UUID, executions: int, **fields: Any) -> list[str]:
        """Returns their ids when Kafka has all of them; `fields` of the messages."""
        events = [an_execution(connector_id, **fields) for _ in range(executions)]
        await self._send(events)
        execution_ids = [str(event.execution_id) for event in events]
        self._events |= dict(zip(execution_ids, events, strict=True))
        self.ledger.asked += execution_ids
        return execution_ids

    async def ask_again(self, execution_ids: Sequence[str]) -> None:
        """The producer repeats itself."""
        await self._send([self._events[execution_id] for execution_id in execution_ids])
        self._repeated += len(execution_ids)

    async def _send(self, events: Sequence[ConnectorExecute]) -> None:
        topic = self.prefix + EXECUTE.name
        await asyncio.gather(*[await self._producer.send(topic, event.to_json(), key=event.key()) for event in events])

    async def settled(self, seconds: float = 60) -> None:
        """Every id answered, every offset committed, and every published result in the ledger."""
        await self.ledger.complete(seconds)
        await eventually(self._all_committed, "all offsets committed", seconds)
        partitions = self._results.assignment()
        ends = await self._results.end_offsets(list(partitions))
        await self.ledger.until(lambda: self.ledger.published >= sum(ends.values()))

    async def _all_committed(self) -> bool:
        async with admin_client(self.kafka_servers) as admin:
            offsets = await admin.list_consumer_group_offsets(self.group_id)
        return sum(int(found.offset) for found in offsets.values()) == len(self.ledger.asked) + self._repeated

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Bench"]:
        async with AsyncExitStack() as stack:
            await create_topics(self.kafka_servers, prefix=self.prefix)
            self._producer = open_producer(self.kafka_servers, "test")
            await self._producer.start()
            stack.push_async_callback(self._producer.stop)
            await self._open_upstream(stack)
            await self._open_results(stack)
            try:
                yield self
            finally:
                for executor in self.executors:
                    executor.kill()
                    executor.release_ports()

    async def _open_upstream(self, stack: AsyncExitStack) -> None:
        app = web.Application()
        app.router.add_route("*", "/orders", self._answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.upstream_port = runner.addresses[0][1]

    async def _answer(self, request: web.Request) -> web.Response:
        self.ledger.note_call(request.query["id"], request.headers.get(IDEMPOTENCY_HEADER))
        await asyncio.sleep(LATENCY_SECONDS)
        return self.answer(request.query["id"])

    async def _open_results(self, stack: AsyncExitStack) -> None:
        self._results = reader(self.kafka_servers, "test")
        await self._results.start()
        stack.push_async_callback(self._results.stop)
        topic = self.prefix + RESULT.name
        partitions = [TopicPartition(topic, number) for number in range(RESULT.partitions)]
        self._results.assign(partitions)
        await self._results.seek_to_beginning(*partitions)
        following = asyncio.create_task(self._follow_results())
        stack.push_async_callback(cancelled, following)

    async def _follow_results(self) -> None:
        async for record in self._results:
            self.ledger.note_result(record.value)

    def _environment(self) -> dict[str, str]:
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka_servers,
            "REDIS_URL": self.redis_url,
            "DATABASE_URL": self.database_url,
            "CONNECTORS_ENCRYPTION_KEYS": KEYS,
            "CONNECTORS_EGRESS_GRANTS": f"127.0.0.1:{self.upstream_port}",
            "CONNECTORS_TOPIC_PREFIX": self.prefix,
            "CONNECTORS_GROUP_ID": self.group_id,
            "CONNECTORS_KEY_PREFIX": self.prefix,
            "CONNECTORS_COMMIT_SECONDS": "0.1",
            "CONNECTORS_LEASE_SECONDS": "1.5",
            "CONNECTORS_DRAIN_SECONDS": str(DRAIN_SECONDS),
        }


def an_execution(connector_id: UUID, **fields: Any) -> ConnectorExecute:
    execution_id = uuid4()
    return ConnectorExecute.model_validate(
        {
            "execution_id": execution_id,
            "workspace_id": WORKSPACE,
            "connector_id": connector_id,
            "inputs": {"id": str(execution_id)},
            "requested_at": datetime.now(UTC),
        }
        | fields
    )


async def eventually(probe: Callable[[], Awaitable[bool]], what: str, seconds: float = 20) -> None:
    """Ask until it is true; raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not await probe():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:g} s: {what}")
        await asyncio.sleep(0.05)


async def readiness(executor: Service) -> int:
    async with httpx2.AsyncClient(timeout=10, trust_env=False) as client:
        return (await client.get(f"{executor.url}/readyz")).status_code


async def metric(executor: Service, name: str) -> float:
    async with httpx2.AsyncClient(timeout=10, trust_env=False) as client:
        text = (await client.get(f"{executor.url}/metrics")).text
    [line] = [line for line in text.splitlines() if line.startswith(f"{name} ")]
    return float(line.rpartition(" ")[2])


async def paused(executor: Service) -> None:
    """The executor has noticed: it takes nothing in and says that it is not ready."""

    async def noticed() -> bool:
        return await metric(executor, ADMISSION_UP) == 0

    await eventually(noticed, "intake pauses")
    assert await readiness(executor) == 503


async def resumed(executor: Service) -> None:
    async def noticed() -> bool:
        return await metric(executor, ADMISSION_UP) == 1 and await readiness(executor) == 200

    await eventually(noticed, "intake resumes")


async def cancelled(task: "asyncio.Task[Any]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
