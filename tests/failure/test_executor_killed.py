"""SIGKILL and SIGTERM of the executor under load."""

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


async def test_executions_survive_three_kills_with_one_outcome_each_and_no_write_is_repeated(bench: Bench) -> None:
    await bench.ask_each_method(EXECUTIONS // 2)
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
