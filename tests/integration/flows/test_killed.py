"""The engine is killed while runs are under way: each step is asked for under one id, and every run ends."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from connectors_client import ConnectorExecute, ConnectorResult, derived_execution_id
from connectors_local.ports import free_port
from connectors_local.topics import create_topics
from connectors_shared.contract.execution import ResultStatus
from connectors_shared.contract.topics import CONTACT_UPDATED, EXECUTE, RESULT
from connectors_shared.http.principal import Scope
from connectors_shared.runtime.kafka import producer, reader
from tests.tokens import bearer
from tests.unit.flows.builders import WORKSPACE, calling

JWT_SECRET = "a-secret-only-for-tests-0123456789abcdef"
DEADLINE_SECONDS = 100
RUNS = 50


class Engine:
    """The engine as a process of its own, on one port through all its lives."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self._log = log
        self._port = free_port()
        self._environment = environment | {"CONNECTORS_PORT": str(self._port)}
        self._process: subprocess.Popen[bytes] | None = None
        headers = bearer(JWT_SECRET, WORKSPACE, [scope.value for scope in Scope])
        self.api = httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{self._port}", headers=headers, trust_env=False, timeout=60
        )

    async def start(self) -> None:
        self._process = self._spawned()
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not await self._is_ready():
                assert self._process.poll() is None, self._log.read_text()
                await asyncio.sleep(0.05)  # the answer is on the other side of HTTP

    def _spawned(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            command = [sys.executable, "-m", "connectors_local.flows"]
            return subprocess.Popen(command, env=os.environ | self._environment, stdout=log, stderr=log)

    async def _is_ready(self) -> bool:
        try:
            return (await self.api.get("/readyz")).is_success
        except httpx2.HTTPError:
            return False

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()


class Executor:
    """Answers each execution with success, as often as it is asked for; `asked` are the ids that it has seen."""

    def __init__(self, consumer: AIOKafkaConsumer, sender: AIOKafkaProducer, topic: str) -> None:
        self._consumer, self._sender, self._topic = consumer, sender, topic
        self.asked: set[UUID] = set()

    async def answer_until(self, count: int) -> None:
        async with asyncio.timeout(DEADLINE_SECONDS):
            while len(self.asked) < count:
                record = await self._consumer.getone()
                execution = ConnectorExecute.model_validate_json(record.value)
                self.asked.add(execution.execution_id)
                await self._sender.send_and_wait(self._topic, a_result(execution).to_json(), key=execution.key())


def a_result(execution: ConnectorExecute) -> ConnectorResult:
    return ConnectorResult(
        execution_id=execution.execution_id,
        workspace_id=execution.workspace_id,
        connector_id=execution.connector_id,
        context=execution.context,
        status=ResultStatus.SUCCESS,
        success=True,
        data={"n": 1},
        finished_at=datetime.now(UTC),
    )


@asynccontextmanager
async def executing(servers: str, prefix: str) -> AsyncIterator[Executor]:
    consumer, sender = reader(servers, "test"), producer(servers, "test")
    consumer.subscribe(topics=[prefix + EXECUTE.name])
    await sender.start()
    await consumer.start()
    try:
        yield Executor(consumer, sender, prefix + RESULT.name)
    finally:
        await consumer.stop()
        await sender.stop()


@pytest.fixture
async def engine(database: str, kafka_servers: str, topic_prefix: str, tmp_path: Path) -> AsyncIterator[Engine]:
    await create_topics(kafka_servers, topics=(EXECUTE, RESULT, CONTACT_UPDATED), prefix=topic_prefix)
    environment = {
        "KAFKA_BOOTSTRAP_SERVERS": kafka_servers,
        "DATABASE_URL": database,
        "CONNECTORS_TOPIC_PREFIX": topic_prefix,
        "CONNECTORS_JWT_SECRET": JWT_SECRET,
        "CONNECTORS_MAPPER_URL": "http://127.0.0.1:9",
        # A static member is back in its group at once, where another one waits for the dead one's session to end.
        "CONNECTORS_GROUP_INSTANCE_ID": topic_prefix,
    }
    engine = Engine(environment, tmp_path / "engine.log")
    await engine.start()
    yield engine
    engine.kill()
    await engine.api.aclose()


async def ended(api: httpx2.AsyncClient, **params: Any) -> list[dict[str, Any]]:
    """All runs, once none of them goes on."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while (await api.get("/api/runs", params={"state": "running", "limit": 1})).json()["runs"]:
            await asyncio.sleep(0.05)  # the answer is on the other side of HTTP
    runs: list[dict[str, Any]] = (await api.get("/api/runs", params={"limit": 200})).json()["runs"]
    return runs


async def test_killed_while_runs_are_under_way(engine: Engine, kafka_servers: str, topic_prefix: str) -> None:
    steps = [calling("first", storeAs="found"), calling("second", inputs={"n": "{{found.n}}"})]
    flow = (await engine.api.post("/api/flows", json={"name": "Two", "steps": steps})).json()
    async with executing(kafka_servers, topic_prefix) as executor:
        answer = await engine.api.post(f"/api/flows/{flow['id']}/runs", json={"runs": [{}] * RUNS})
        started = [UUID(run_id) for run_id in answer.json()["runs"]]
        await executor.answer_until(RUNS // 2)
        engine.kill()
        await engine.start()
        await executor.answer_until(2 * RUNS)
        runs = await ended(engine.api)
    assert {run["state"] for run in runs} == {"succeeded"}
    assert {UUID(run["id"]) for run in runs} == set(started)
    assert executor.asked == {derived_execution_id(run, step) for run in started for step in ("first", "second")}
