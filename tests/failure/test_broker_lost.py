"""The only Kafka broker is killed and comes back with its data, under load."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connectors_local.downloads import kafka_jars
from connectors_local.processes import Supervisor
from connectors_local.servers import KafkaCluster
from tests.failure.bench import Bench

EXECUTIONS = 300


@pytest.fixture
async def kafka(supervisor: Supervisor, tmp_path: Path) -> AsyncIterator[KafkaCluster]:
    """Of this test's own."""
    kafka = KafkaCluster(supervisor, tmp_path / "kafka", await kafka_jars())
    await kafka.start()
    yield kafka
    kafka.kill()
    kafka.release_ports()


@pytest.fixture
async def bench(
    kafka: KafkaCluster, valkey_url: str, database: str, supervisor: Supervisor, tmp_path: Path
) -> AsyncIterator[Bench]:
    async with Bench(kafka.bootstrap_servers, valkey_url, database, supervisor, tmp_path).open() as bench:
        yield bench


async def test_a_broker_that_is_killed_and_restarted_costs_no_outcome_and_no_second_call(
    bench: Bench, kafka: KafkaCluster
) -> None:
    await bench.executor("only")
    await bench.ask_each_method(EXECUTIONS // 2)
    await bench.ledger.called(80)
    kafka.kill()
    assert len(bench.ledger.results) < EXECUTIONS
    await kafka.start()
    await bench.settled(60)
    bench.ledger.check_exactly_one_call_each()
