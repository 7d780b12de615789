"""The network between the executor and Valkey resets, stalls, delays, and loses replies."""

from uuid import UUID

from connectors_local.services import Service
from tests.failure.bench import Bench, paused, resumed
from tests.failure.network import runs
from tests.failure.proxy import Proxy

EXECUTIONS = 200
RESETS = 5
LOSSES = {"admit": 3, "complete": 3, "settle": 1}


async def repeatable_and_not(bench: Bench) -> list[UUID]:
    return [await bench.publish(method) for method in ("GET", "POST")]


async def ask_each(bench: Bench, connector_ids: list[UUID], executions: int) -> None:
    for connector_id in connector_ids:
        await bench.ask(connector_id, executions)


async def loaded(bench: Bench) -> Service:
    """An executor that is busy with calls that may be repeated and calls that may not."""
    executor = await bench.executor("only")
    await ask_each(bench, await repeatable_and_not(bench), EXECUTIONS)
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


async def test_a_slow_network_and_lost_replies_cost_nothing(bench: Bench, store: Proxy) -> None:
    """What the store did is not done again because its reply is lost."""
    connector_ids = await repeatable_and_not(bench)
    await bench.executor("only")
    store.delay(0.05, 0.2)
    await ask_each(bench, connector_ids, 20)
    await bench.settled()
    for script, times in LOSSES.items():
        lost = store.lost + times
        store.lose_replies(runs(script), times)
        await ask_each(bench, connector_ids, 20)
        await bench.settled()
        await store.lost_in_all(lost)
    bench.ledger.check_exactly_one_call_each()
