"""The network between the executor and Kafka resets, stalls, and loses replies."""

from tests.failure.bench import Bench
from tests.failure.network import PUBLISHES_A_RESULT
from tests.failure.proxy import Proxy

EXECUTIONS = 120
RESETS = 5


async def loaded(bench: Bench) -> None:
    """An executor that is busy with calls that may be repeated and calls that may not."""
    await bench.executor()
    for method in ("GET", "POST"):
        await bench.ask(await bench.publish(method), EXECUTIONS)
    await bench.ledger.called(40)


async def test_connections_that_are_reset_under_load_cost_nothing(bench: Bench, broker: Proxy) -> None:
    await loaded(bench)
    for _ in range(RESETS):
        await broker.reset()
        await bench.ledger.called(len(bench.ledger.calls) + 20)
    await broker.cut()
    assert len(bench.ledger.results) < len(bench.ledger.asked)
    await broker.pass_on()
    await bench.settled()
    bench.ledger.check_exactly_one_call_each()


async def test_results_whose_acknowledgement_is_lost_are_published_once(bench: Bench, broker: Proxy) -> None:
    await loaded(bench)
    broker.lose_replies(PUBLISHES_A_RESULT, times=3)
    await bench.settled()
    assert broker.lost == 3
    bench.ledger.check_exactly_one_call_each()
    assert bench.ledger.published == len(bench.ledger.asked)


async def test_an_executor_that_is_cut_off_and_replaced_makes_no_second_call(bench: Bench, broker: Proxy) -> None:
    """It works on after its session has ended; the one in its place reaches Kafka on another way."""
    await loaded(bench)
    broker.stall()
    await bench.executor(KAFKA_BOOTSTRAP_SERVERS=bench.kafka_servers)
    assert len(bench.ledger.results) < len(bench.ledger.asked)
    await bench.settled()
    published = bench.ledger.published
    await broker.pass_on()
    await bench.ledger.until(lambda: bench.ledger.published > published)
    await bench.settled()
    bench.ledger.check_never_called_twice()
