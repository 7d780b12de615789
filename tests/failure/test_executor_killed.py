"""SIGKILL and SIGTERM of the executor under load."""

import pytest

from tests.failure.bench import DRAIN_SECONDS, Bench

EXECUTIONS = 600
KILLS = 3


async def kill_at_three_points(bench: Bench) -> set[str]:
    """On a call that cannot have been answered yet, on results, on a call again. Gives the ids of those calls."""
    executor = await bench.executor("only")
    await bench.ledger.called(60)
    executor.kill()
    caught = {bench.ledger.last_called}
    await executor.start()
    await bench.ledger.answered(len(bench.ledger.results) + 120)
    executor.kill()
    await executor.start()
    await bench.ledger.called(len(bench.ledger.calls) + 60)
    executor.kill()
    caught.add(bench.ledger.last_called)
    assert len(bench.ledger.results) < EXECUTIONS
    await executor.start()
    return caught


async def test_repeatable_executions_survive_three_kills_with_one_outcome_each(bench: Bench) -> None:
    await bench.ask(await bench.publish("GET"), EXECUTIONS)
    caught = await kill_at_three_points(bench)
    await bench.settled()
    bench.ledger.check_repeatable(most_calls=1 + KILLS)
    assert all(bench.ledger.calls[execution_id] > 1 for execution_id in caught)


async def test_unrepeatable_executions_are_never_called_twice_however_often_the_executor_is_killed(
    bench: Bench,
) -> None:
    await bench.ask(await bench.publish("POST"), EXECUTIONS)
    caught = await kill_at_three_points(bench)
    await bench.settled()
    bench.ledger.check_never_called_twice()
    assert caught <= bench.ledger.unknown


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_stop_under_load_ends_in_time_and_loses_and_repeats_nothing(bench: Bench, method: str) -> None:
    await bench.ask(await bench.publish(method), EXECUTIONS)
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
