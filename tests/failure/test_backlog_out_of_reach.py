"""Postgres, which holds what is parked, is stopped and killed; an executor dies while it drains a backlog."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx2
import pytest

from connectors_local.processes import Supervisor
from connectors_local.servers import PostgresServer
from connectors_local.services import Service
from connectors_local.testservers import user_of_services
from connectors_shared.runtime.roles import Role, acting_as
from tests.failure.bench import Bench, eventually

LIMITED = {"rate_limit": {"windows": [{"limit": 20, "seconds": 1}]}, "max_in_flight": 200}
EXECUTIONS = 120
"""The slots of a third of them are within the horizon; the rest is parked."""
HEALTHY = 100


@pytest.fixture
async def postgres(supervisor: Supervisor, tmp_path: Path) -> AsyncIterator[PostgresServer]:
    """Of this test's own."""
    postgres = PostgresServer(supervisor, tmp_path / "postgres")
    await postgres.start()
    yield postgres
    postgres.kill()
    postgres.release_ports()


@pytest.fixture
async def bench(
    kafka_servers: str, valkey_url: str, postgres: PostgresServer, supervisor: Supervisor, tmp_path: Path
) -> AsyncIterator[Bench]:
    url = await user_of_services(postgres.url)
    async with Bench(kafka_servers, valkey_url, url, supervisor, tmp_path).open() as bench:
        yield bench


async def parked(bench: Bench) -> int:
    connection = await asyncpg.connect(acting_as(bench.database_url, "executor", Role.OWNER))
    try:
        return int(await connection.fetchval("SELECT count(*) FROM executor.parked_executions"))
    finally:
        await connection.close()


async def not_parking(executor: Service) -> None:
    """It says so, in the words that an operator reads."""

    async def noticed() -> bool:
        async with httpx2.AsyncClient(timeout=10, trust_env=False) as client:
            answer = (await client.get(f"{executor.url}/readyz")).json()
        return "parking" in answer.get("problems", {})

    await eventually(noticed, "the executor says that it cannot park")


async def test_without_postgres_only_what_has_to_be_parked_waits(bench: Bench, postgres: PostgresServer) -> None:
    executor = await bench.executor("only")
    limited, healthy = await bench.publish("POST", **LIMITED), await bench.publish("POST")
    postgres.kill()
    await bench.ask(limited, EXECUTIONS)
    await not_parking(executor)
    others = set(await bench.ask(healthy, HEALTHY))
    await bench.ledger.until(lambda: others <= set(bench.ledger.results))
    await postgres.start()
    await bench.settled(60)
    bench.ledger.check_exactly_one_call_each()


async def test_a_backlog_survives_executors_that_are_killed_while_they_drain_it(bench: Bench) -> None:
    executor = await bench.executor("only")
    await bench.ask(await bench.publish("POST", **LIMITED), EXECUTIONS)
    await bench.ledger.called(50)
    assert await parked(bench) > 0
    executor.kill()
    await executor.start()
    await bench.ledger.called(len(bench.ledger.calls) + 30)
    executor.kill()
    await executor.start()
    await bench.settled(60)
    bench.ledger.check_never_called_twice()
    assert len(bench.ledger.unknown) <= 16
