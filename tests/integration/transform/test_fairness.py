"""What one connector's transforms do to its neighbours': nothing that lasts. Measured by order, not by time."""

import asyncio

from connector_executor.transform import Transformed, Transformer, TransformFailure, Turn

from .conftest import DISTINCT, running, until

SLOW = "$sum([1..400000].($ * 2))"
"""Legal, and slow: fifty milliseconds or more."""
ENDLESS = "$match('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', /^(a+)+$/)"
GREEDY, NEIGHBOUR = Turn("greedy", "c"), Turn("other", "c")


def many(transformer: Transformer, expression: str, count: int = 64) -> list[asyncio.Task[object]]:
    return [asyncio.create_task(transformer.evaluate(expression, {}, turn=GREEDY)) for _ in range(count)]


def done(tasks: list[asyncio.Task[object]]) -> int:
    return sum(task.done() for task in tasks)


async def end(tasks: list[asyncio.Task[object]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_neighbour_waits_for_one_slow_transform_at_most() -> None:
    async with running(workers=1, deadline_seconds=20.0) as transformer:
        slow = many(transformer, SLOW)
        await asyncio.sleep(0)
        assert await transformer.evaluate(DISTINCT, {"a": [1, 1]}, turn=NEIGHBOUR) == Transformed([1])
        assert done(slow) <= 1
        await end(slow)


async def test_a_neighbour_waits_for_one_endless_transform_at_most() -> None:
    async with running(workers=1, deadline_seconds=0.3) as transformer:
        endless = many(transformer, ENDLESS)
        await asyncio.sleep(0)
        assert await transformer.evaluate(DISTINCT, {"a": [1, 1]}, turn=NEIGHBOUR) == Transformed([1])
        assert done(endless) <= 1
        for _ in range(20):
            assert await transformer.evaluate(DISTINCT, {"a": [1, 1]}, turn=NEIGHBOUR) == Transformed([1])
        assert done(endless) < 20, "the neighbour waited for the endless ones"
        await end(endless)


async def test_a_slow_neighbour_of_a_slow_connector_gets_every_other_turn() -> None:
    async with running(workers=1, deadline_seconds=20.0) as transformer:
        greedy = many(transformer, SLOW, 40)
        await asyncio.sleep(0)
        other = [asyncio.create_task(transformer.evaluate(f"{SLOW} + 0", {}, turn=NEIGHBOUR)) for _ in range(4)]
        await asyncio.gather(*other)
        assert done(greedy) < 10
        await end(greedy)


async def test_what_is_queued_already_moves_to_the_workers_for_slow_ones() -> None:
    async with running(workers=1, deadline_seconds=20.0) as transformer:
        slow = many(transformer, SLOW, 10)
        assert await asyncio.gather(*slow) == [Transformed(160_000_400_000)] * 10
        assert len(transformer.worker_pids) == 2


async def test_more_than_may_wait_of_a_connector_fail_and_others_do_not() -> None:
    async with running(workers=1, deadline_seconds=20.0, most_waiting=5) as transformer:
        slow = many(transformer, SLOW, 20)
        await asyncio.sleep(0)
        assert await transformer.evaluate(DISTINCT, {"a": [1, 1]}, turn=NEIGHBOUR) == Transformed([1])
        outcomes = await asyncio.gather(*slow)
    refused = [outcome for outcome in outcomes if isinstance(outcome, TransformFailure)]
    assert len(refused) >= 20 - 2 - 2 * 5
    assert {outcome.code for outcome in refused} == {"busy"}
    assert len(refused) < 20


async def test_workers_are_started_as_they_are_needed() -> None:
    async with running(workers=3, deadline_seconds=20.0) as transformer:
        assert len(transformer.worker_pids) == 1
        endless = [transformer.evaluate(f"({ENDLESS}; {n})", {}, turn=NEIGHBOUR) for n in range(12)]
        busy = [asyncio.create_task(each) for each in endless]
        await until(lambda: len(transformer.worker_pids) == 3)
        await end(busy)
