"""Valkey comes back without its data, alone or together with the executor that used it."""

import asyncio

import pytest
from aiohttp import web

from connectors_local.servers import ValkeyServer
from connectors_local.services import Service
from tests.failure.bench import Bench, eventually, metric, paused, resumed

EXECUTIONS = 300
LOSSES = "connectors_executor_store_losses_total"


@pytest.fixture
def valkey_url(valkey: ValkeyServer) -> str:
    return valkey.url


async def under_load(bench: Bench) -> Service:
    executor = await bench.executor("only")
    await bench.ask_each_method(EXECUTIONS // 2)
    await bench.ledger.called(80)
    return executor


async def test_a_store_that_forgets_under_a_running_executor_costs_nothing(bench: Bench, valkey: ValkeyServer) -> None:
    executor = await under_load(bench)
    valkey.kill()
    await paused(executor)
    await valkey.start()
    await resumed(executor)
    await bench.settled()
    bench.ledger.check_exactly_one_call_each()

    async def noticed() -> bool:
        return await metric(executor, LOSSES) == 1

    await eventually(noticed, "the loss is counted")


async def lost_within_a_write(bench: Bench, executor: Service, valkey: ValkeyServer) -> None:
    """Both are killed in the twentieth write, before its answer, so that one at least is in doubt."""
    bench.asked_by["GET"] += await bench.ask(await bench.connector("GET"), EXECUTIONS // 2)
    reads, answer = set(bench.asked_by["GET"]), bench.answer
    writes: set[str] = set()
    lost = asyncio.Event()

    def kill_instead(execution_id: str) -> web.Response:
        writes.update({execution_id} - reads)
        if len(writes) >= 20 and not lost.is_set():
            executor.kill()
            valkey.kill()
            lost.set()
        return answer(execution_id)

    bench.answer = kill_instead
    bench.asked_by["POST"] += await bench.ask(await bench.connector("POST"), EXECUTIONS // 2)
    async with asyncio.timeout(20):
        await lost.wait()
    bench.answer = answer


async def test_a_store_and_an_executor_lost_together_repeat_no_write_and_doubt_only_what_was_handed_out(
    bench: Bench, valkey: ValkeyServer
) -> None:
    executor = await bench.executor("only")
    await lost_within_a_write(bench, executor, valkey)
    await valkey.start()
    await executor.start()
    # What may be handed out within the next second is covered ahead: as much again as came in the last one.
    bench.asked_by["GET"] += await bench.ask(await bench.connector("GET"), 2 * EXECUTIONS)
    later = await bench.ask(await bench.connector("POST"), 50)
    await bench.settled()
    assert set(bench.ledger.results) == set(bench.ledger.asked)
    assert {id_ for id_, calls in bench.ledger.calls.items() if calls > 1} <= set(bench.asked_by["GET"])
    assert set(bench.asked_by["GET"]) | set(later) <= bench.ledger.succeeded, "what came later is not doubted"
    assert bench.ledger.unknown <= set(bench.asked_by["POST"])
    assert bench.ledger.unknown
