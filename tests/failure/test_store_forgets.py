"""Valkey forgets, everything or a part, while executors live, die or take over from each other: no write twice."""

import asyncio
from contextlib import suppress
from typing import Any, cast

import httpx2
import pytest
from aiokafka import TopicPartition
from redis.asyncio import Redis

from connector_executor.inbound.kafka.marks import committed_marks
from connectors_local.servers import ValkeyServer
from connectors_shared.contract.topics import EXECUTE
from tests.failure.bench import Bench, eventually, metric

PAUSED = "connectors_executor_paused_partitions"
WRITES = 120
SLOW_READS = 60
"""One after the other: what is called beside them ends first, and its offsets stay uncommitted."""


@pytest.fixture
def valkey_url(valkey: ValkeyServer) -> str:
    return valkey.url


async def command(valkey: ValkeyServer, name: str) -> None:
    redis = Redis.from_url(valkey.url)
    await cast("Any", redis.execute_command(name))
    await redis.aclose()


async def ask(bench: Bench) -> None:
    """Writes that end before the reads do that came before them."""
    slow = await bench.publish("GET", max_in_flight=1)
    bench.asked_by["GET"] += await bench.ask(slow, SLOW_READS)
    bench.asked_by["POST"] += await bench.ask(await bench.connector("POST"), WRITES)


async def writes_called(bench: Bench) -> None:
    """All of them: a write that was only handed out when the memory was lost is doubted, rightly."""
    writes = set(bench.asked_by["POST"])
    await bench.ledger.until(lambda: bench.ledger.calls.keys() >= writes, 60)


async def check(bench: Bench) -> None:
    await bench.settled(90)
    bench.ledger.check_one_outcome_each()
    bench.ledger.of(bench.asked_by["POST"]).check_exactly_one_call_each()


async def test_nothing_is_called_twice_when_executors_are_replaced_after_a_loss(
    bench: Bench, valkey: ValkeyServer
) -> None:
    executors = [await bench.executor(), await bench.executor()]
    await ask(bench)
    await writes_called(bench)
    await command(valkey, "FLUSHALL")
    for executor in executors:
        await executor.stop()
        await executor.start()
    await check(bench)


async def test_who_dies_after_a_loss_leaves_doubt_and_no_second_call(bench: Bench, valkey: ValkeyServer) -> None:
    executors = [await bench.executor(), await bench.executor()]
    await ask(bench)
    await bench.ledger.called(WRITES // 2)
    await command(valkey, "FLUSHALL")
    executors[0].kill()
    await bench.settled(90)
    bench.ledger.of(bench.asked_by["POST"]).check_never_called_twice()
    assert set(bench.ledger.results) == set(bench.ledger.asked)


async def test_a_copy_from_before_is_completed_before_writes_start(bench: Bench, valkey: ValkeyServer) -> None:
    executors = [await bench.executor(), await bench.executor()]
    await ask(bench)
    await bench.ledger.called(10)
    await command(valkey, "SAVE")
    await writes_called(bench)
    valkey.kill()
    await valkey.start()
    for executor in executors:
        await executor.stop()
        await executor.start()
    await check(bench)


async def test_a_repeat_of_a_producer_is_recognised_after_a_loss(bench: Bench, valkey: ValkeyServer) -> None:
    await bench.executor()
    await bench.ask_each_method(40)
    await bench.settled()
    await command(valkey, "FLUSHALL")
    await bench.ask_again(bench.ledger.asked)
    await bench.ask_each_method(5)
    await bench.settled()
    bench.ledger.check_exactly_one_call_each()


async def test_doubt_outlasts_a_start_without_the_store(bench: Bench, valkey: ValkeyServer) -> None:
    executor = await bench.executor("only")
    await bench.ask_each_method(150)
    await bench.ledger.called(80)
    executor.kill()
    valkey.kill()
    before = await generations_in_marks(bench)
    starting = asyncio.create_task(executor.start(60))

    async def has_its_partitions() -> bool:
        with suppress(httpx2.HTTPError):
            return await metric(executor, PAUSED) == EXECUTE.partitions
        return False

    await eventually(has_its_partitions, "the executor has its partitions, all of them paused", 30)
    assert await generations_in_marks(bench) == before
    await valkey.start()
    await starting
    await bench.settled(60)
    bench.check_each_method(most_calls=2)


async def generations_in_marks(bench: Bench) -> set[str]:
    partitions = [TopicPartition(bench.prefix + EXECUTE.name, number) for number in range(EXECUTE.partitions)]
    marks = await committed_marks(bench.kafka_servers, bench.group_id, partitions)
    return {generation for mark in marks.values() for generation, _ in mark.handed}
