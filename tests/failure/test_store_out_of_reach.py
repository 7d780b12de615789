"""The network between the executor and Valkey resets, stalls, delays, and loses replies."""

import pytest

from connectors_local.services import Service
from tests.failure.bench import Bench, paused, resumed
from tests.failure.network import runs
from tests.failure.proxy import Proxy

EXECUTIONS = 120
RESETS = 5


async def loaded(bench: Bench) -> Service:
    """An executor that is busy with calls that may be repeated and calls that may not."""
    executor = await bench.executor("only")
    for method in ("GET", "POST"):
        await bench.ask(await bench.publish(method), EXECUTIONS)
    await bench.ledger.called(40)
    return executor


async def test_connections_that_are_reset_under_load_cost_nothing(bench: Bench, store: Proxy) -> None:
    executor = await loaded(bench)
    for _ in range(RESETS):
        await store.reset()
        await bench.ledger.called(len(bench.ledger.calls) + 20)
    await store.cut()
    await paused(executor)
    assert len(bench.ledger.calls) < len(bench.ledger.asked)
    await store.pass_on()
    await resumed(executor)
    await bench.settled()
    bench.ledger.check_exactly_one_call_each()


async def test_requests_that_arrive_long_after_they_were_given_up_cost_nothing(bench: Bench, store: Proxy) -> None:
    executor = await loaded(bench)
    store.stall()
    await paused(executor)
    assert len(bench.ledger.calls) < len(bench.ledger.asked)
    assert store.holding
    await store.pass_on()
    await resumed(executor)
    await bench.settled()
    bench.ledger.check_exactly_one_call_each()


async def test_a_slow_network_costs_nothing(bench: Bench, store: Proxy) -> None:
    store.delay(0.05, 0.2)
    await loaded(bench)
    await bench.settled()
    bench.ledger.check_exactly_one_call_each()


@pytest.mark.parametrize("script", ["admit", "complete", "settle"])
async def test_what_the_store_did_is_not_done_twice_because_its_reply_is_lost(
    bench: Bench, store: Proxy, script: str
) -> None:
    await loaded(bench)
    store.lose_replies(runs(script), times=3)
    await bench.settled()
    await store.until(lambda proxy: proxy.lost == 3)
    bench.ledger.check_exactly_one_call_each()
