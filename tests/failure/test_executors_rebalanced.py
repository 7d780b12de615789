"""Executors of one group under load: they join, leave and are killed, and partitions wander among them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from aiokafka import AIOKafkaConsumer

from connectors_shared.contract.topics import EXECUTE
from connectors_shared.runtime.kafka import group_settings
from tests.failure.bench import Bench

EXECUTIONS = 200
DISTURBANCES = 3
AT_ONCE = 4
PAUSE_SECONDS = 0.1
STORM = 2
WAITING = 100


async def disturb(bench: Bench) -> None:
    """Load before and after every change of the group. The killed member is missed after its session time-out."""
    await bench.ask_each_method(EXECUTIONS // 2)
    first = await bench.executor()
    await bench.ledger.called(60)
    await bench.executor()
    await bench.ask_each_method(EXECUTIONS // 2)
    await bench.ledger.called(len(bench.ledger.calls) + 60)
    first.kill()
    assert len(bench.ledger.results) < len(bench.ledger.asked)
    await bench.executor()
    await bench.ask_each_method(EXECUTIONS // 2)


async def test_executions_survive_members_that_come_and_go(bench: Bench) -> None:
    await disturb(bench)
    await bench.settled(60)
    bench.check_each_method(most_calls=1 + DISTURBANCES)


@asynccontextmanager
async def load(bench: Bench) -> AsyncIterator[None]:
    """Some executions after the other, for as long as the body runs."""
    for method in ("GET", "POST"):
        await bench.connector(method)

    enough = asyncio.Event()

    async def keep_asking() -> None:
        while not enough.is_set():
            await bench.ask_each_method(AT_ONCE)
            await asyncio.sleep(PAUSE_SECONDS)

    asking = asyncio.create_task(keep_asking())
    try:
        yield
    finally:
        enough.set()
        await asking


@asynccontextmanager
async def guest(bench: Bench) -> AsyncIterator[None]:
    """A member that takes its share of the partitions and does nothing with it."""
    consumer = AIOKafkaConsumer(
        bench.prefix + EXECUTE.name,
        bootstrap_servers=bench.kafka_servers,
        group_id=bench.group_id,
        enable_auto_commit=False,
        **group_settings(),
    )
    await consumer.start()
    try:
        yield
    finally:
        await consumer.stop()


async def more(bench: Bench, calls: int = 40) -> None:
    await bench.ledger.called(len(bench.ledger.calls) + calls)


async def test_an_executor_that_joins_two_others_under_load_holds_up_no_partition(bench: Bench) -> None:
    async with load(bench):
        await asyncio.gather(bench.executor(), bench.executor())
        await more(bench)
        await bench.executor()
        await more(bench)
    await bench.settled(30)
    bench.check_each_method(most_calls=1)


async def test_a_storm_of_members_that_join_and_leave_holds_up_no_partition(bench: Bench) -> None:
    async with load(bench):
        await bench.executor()
        for _ in range(STORM):
            async with guest(bench):
                await more(bench)
    await bench.settled(30)
    bench.check_each_method(most_calls=1)


async def test_what_waits_for_another_attempt_holds_up_no_rebalance(bench: Bench) -> None:
    """Every first attempt fails, and one call is made at a time: second attempts wait in their queue with a claim."""
    bench.answer = lambda id_: web.json_response({}, status=500 if bench.ledger.calls[id_] < 2 else 200)
    limited = await bench.publish("GET", max_in_flight=1, retries=3, retry_delay=1)
    executor = await bench.executor(CONNECTORS_BREAKER_MIN_CALLS=str(10 * WAITING))
    await bench.ask(limited, WAITING)
    await bench.ledger.called(20)
    async with guest(bench):
        pass
    await bench.settled(60)
    bench.ledger.check_repeatable(most_calls=4)
    assert "drain.incomplete" not in executor.log_path.read_text(), "no call takes so long"
