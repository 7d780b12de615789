"""SIGKILL and SIGTERM of the executor under load."""

import asyncio

from aiohttp import web

from connectors_local.services import Service
from tests.failure.bench import DRAIN_SECONDS, Bench

EXECUTIONS = 600
KILLS = 3


async def killed_in_a_call(bench: Bench, executor: Service) -> str:
    """SIGKILL in the sixtieth call of those that are asked for here, before its answer: nothing can have come of it.

    Gives the id of that call's execution.
    """
    answer, last = bench.answer, bench.ledger.calls.total() + 60
    caught = asyncio.get_running_loop().create_future()

    def kill_instead(execution_id: str) -> web.Response:
        if bench.ledger.calls.total() >= last and not caught.done():
            executor.kill()
            caught.set_result(execution_id)
        return answer(execution_id)

    bench.answer = kill_instead
    await bench.ask_each_method(EXECUTIONS // KILLS // 2)
    async with asyncio.timeout(20):
        execution_id = await caught
    bench.answer = answer
    return str(execution_id)


async def kill_at_three_points(bench: Bench) -> set[str]:
    """In a call, on results, in a call again. Gives the ids of those calls."""
    executor = await bench.executor("only")
    caught = {await killed_in_a_call(bench, executor)}
    await executor.start()
    await bench.ask_each_method(EXECUTIONS // KILLS // 2)
    await bench.ledger.answered(len(bench.ledger.results) + 120)
    executor.kill()
    await executor.start()
    caught.add(await killed_in_a_call(bench, executor))
    await executor.start()
    return caught


async def test_executions_survive_three_kills_with_one_outcome_each_and_no_write_is_repeated(bench: Bench) -> None:
    caught = await kill_at_three_points(bench)
    await bench.settled()
    bench.check_each_method(most_calls=1 + KILLS)
    reads, writes = caught & set(bench.asked_by["GET"]), caught & set(bench.asked_by["POST"])
    assert all(bench.ledger.calls[execution_id] > 1 for execution_id in reads)
    assert writes <= bench.ledger.unknown


async def test_a_stop_under_load_ends_in_time_and_loses_and_repeats_nothing(bench: Bench) -> None:
    await bench.ask_each_method(EXECUTIONS // 2)
    executor = await bench.executor("only")
    await bench.ledger.called(100)
    assert executor.child is not None
    executor.child.popen.terminate()
    assert await executor.child.wait(DRAIN_SECONDS)
    assert executor.child.popen.returncode == 0
    assert len(bench.ledger.results) < EXECUTIONS
    await executor.start()
    await bench.settled()
    bench.ledger.check_exactly_one_call_each()
