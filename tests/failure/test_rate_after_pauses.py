"""A limit holds at the upstream after every pause: what waited for its slot does not go all at once afterwards."""

from uuid import UUID

from tests.failure.bench import Bench
from tests.failure.network import runs
from tests.failure.proxy import Proxy

LIMIT = 20
MOST = LIMIT * 3 // 2
"""In any second: the limit, 250 ms of jitter, and as much for a machine with other work."""
DURING_THE_PAUSE = 30
EXECUTIONS = 120


async def limited(bench: Bench) -> UUID:
    return await bench.publish("GET", rate_limit={"windows": [{"limit": LIMIT, "seconds": 1}]}, max_in_flight=64)


async def test_connections_to_the_store_that_are_reset_do_not_let_a_burst_go(bench: Bench, store: Proxy) -> None:
    await bench.executor("only")
    await bench.ask(await limited(bench), EXECUTIONS)
    for calls in (5, 25, 45):
        await bench.ledger.called(calls)
        await store.reset()
    await bench.settled()
    assert bench.ledger.most_within(1.0) <= MOST
    bench.ledger.check_exactly_one_call_each()


async def test_answers_of_the_store_that_come_late_are_no_leave_to_call(bench: Bench, store: Proxy) -> None:
    await bench.executor("late")
    await bench.executor("in time", REDIS_URL=bench.redis_url)
    store.hold_replies(runs("admit"))
    await bench.ask(await limited(bench), EXECUTIONS)
    await store.held(1)
    await bench.ledger.called(DURING_THE_PAUSE)
    await store.pass_on()
    await bench.settled()
    assert bench.ledger.most_within(1.0) <= MOST
    bench.ledger.check_exactly_one_call_each()


async def test_an_executor_that_was_suspended_does_not_use_slots_that_have_passed(bench: Bench) -> None:
    suspended = await bench.executor("suspended")
    await bench.executor("awake")
    await bench.ask(await limited(bench), EXECUTIONS)
    await bench.ledger.called(5)
    suspended.pause()
    await bench.ledger.called(5 + DURING_THE_PAUSE)
    suspended.resume()
    await bench.settled()
    assert bench.ledger.most_within(1.0) <= MOST
