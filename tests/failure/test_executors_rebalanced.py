"""Executors of one group under load: one joins, one is killed, another joins."""

from tests.failure.bench import Bench

EXECUTIONS = 200
DISTURBANCES = 3


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
