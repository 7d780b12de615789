"""Valkey hangs, or is killed and comes back with its data, under load."""

import pytest
from aiohttp import web

from connectors_local.servers import ValkeyServer
from tests.failure.bench import Bench, paused, resumed

EXECUTIONS = 300


@pytest.fixture
def durable() -> bool:
    return True


@pytest.fixture
def valkey_url(valkey: ValkeyServer) -> str:
    return valkey.url


async def test_a_store_that_hangs_pauses_the_intake_and_costs_nothing(bench: Bench, valkey: ValkeyServer) -> None:
    executor = await bench.executor()
    await bench.ask_each_method(EXECUTIONS // 2)
    await bench.ledger.called(80)
    valkey.pause()
    await paused(executor)
    calls_while_paused = bench.ledger.calls.total()
    await bench.ask_each_method(10)
    valkey.resume()
    await resumed(executor)
    assert calls_while_paused < EXECUTIONS
    await bench.settled()
    bench.ledger.check_exactly_one_call_each()


async def test_a_store_that_is_killed_and_restarted_with_its_data_costs_nothing(
    bench: Bench, valkey: ValkeyServer
) -> None:
    executor = await bench.executor()
    await bench.ask_each_method(EXECUTIONS // 2)
    await bench.ledger.called(80)
    valkey.kill()
    await paused(executor)
    assert len(bench.ledger.calls) < EXECUTIONS
    await valkey.start()
    await resumed(executor)
    await bench.settled()
    bench.ledger.check_exactly_one_call_each()


async def test_the_intake_resumes_although_nothing_waits_for_admission_when_the_store_is_lost(
    bench: Bench, valkey: ValkeyServer
) -> None:
    def refuse_and_lose_the_store(_execution_id: str) -> web.Response:
        valkey.kill()
        return web.Response(status=429, headers={"Retry-After": "1"})

    bench.answer, answer = refuse_and_lose_the_store, bench.answer
    connector_id = await bench.publish("POST", retries=0)
    executor = await bench.executor()
    await bench.ask(connector_id, 1)
    await paused(executor)
    bench.answer = answer
    await valkey.start()
    await bench.ask(connector_id, 10)
    await bench.settled()
    bench.ledger.check_one_outcome_each()
    assert len(bench.ledger.succeeded) == 10
