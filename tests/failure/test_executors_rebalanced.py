"""Executors of one group under load: one joins, one is killed, another joins."""

from uuid import UUID

from tests.failure.bench import Bench

EXECUTIONS = 200
DISTURBANCES = 3


async def disturb(bench: Bench, connector_id: UUID) -> None:
    """Load before and after every change of the group. The killed member is missed after its session time-out."""
    await bench.ask(connector_id, EXECUTIONS)
    first = await bench.executor()
    await bench.ledger.called(60)
    await bench.executor()
    await bench.ask(connector_id, EXECUTIONS)
    await bench.ledger.called(len(bench.ledger.calls) + 60)
    first.kill()
    assert len(bench.ledger.results) < len(bench.ledger.asked)
    await bench.executor()
    await bench.ask(connector_id, EXECUTIONS)


async def test_repeatable_executions_survive_members_that_come_and_go(bench: Bench) -> None:
    await disturb(bench, await bench.publish("GET"))
    await bench.settled(60)
    bench.ledger.check_repeatable(most_calls=1 + DISTURBANCES)


async def test_unrepeatable_executions_are_never_called_twice_when_members_come_and_go(bench: Bench) -> None:
    await disturb(bench, await bench.publish("POST"))
    await bench.settled(60)
    bench.ledger.check_never_called_twice()
