"""The network between the executor and Kafka resets, stalls, and loses replies."""

from aiohttp import web

from tests.failure.bench import IN_FLIGHT, Bench, eventually, metric, readiness
from tests.failure.network import PUBLISHES_A_RESULT
from tests.failure.proxy import Proxy

EXECUTIONS = 120
UNPUBLISHED = 400
RESETS = 5
OUTBOX_BYTES = 1024 * 1024
ANSWER_BYTES = 20_000
LARGE_ANSWERS = 250


async def ask_each_method(bench: Bench, executions: int) -> None:
    """Half of the calls may be repeated and half may not."""
    for method in ("GET", "POST"):
        await bench.ask(await bench.publish(method), executions)


async def loaded(bench: Bench) -> None:
    """An executor that is busy."""
    await bench.executor()
    await ask_each_method(bench, EXECUTIONS)
    await bench.ledger.called(40)


async def test_connections_that_are_reset_under_load_cost_nothing(bench: Bench, broker: Proxy) -> None:
    await loaded(bench)
    for _ in range(RESETS):
        await broker.reset()
        await bench.ledger.called(len(bench.ledger.calls) + 20)
    await broker.cut()
    await broker.pass_on()
    await bench.settled()
    bench.ledger.check_exactly_one_call_each()


async def test_results_whose_acknowledgement_is_lost_are_published_once(bench: Bench, broker: Proxy) -> None:
    await bench.executor()
    broker.lose_replies(PUBLISHES_A_RESULT, times=3)
    await ask_each_method(bench, EXECUTIONS)
    await bench.settled()
    await broker.lost_in_all(3)
    bench.ledger.check_exactly_one_call_each()
    assert bench.ledger.published == len(bench.ledger.asked)


async def test_what_an_executor_that_is_cut_off_has_done_is_published_by_another(bench: Bench, broker: Proxy) -> None:
    """The first has answers and cannot publish them; when its session has ended another one publishes them."""
    await bench.executor()
    broker.hold_requests(PUBLISHES_A_RESULT)
    await ask_each_method(bench, UNPUBLISHED)
    await bench.ledger.called(len(bench.ledger.asked))
    broker.stall()
    await bench.executor(KAFKA_BOOTSTRAP_SERVERS=bench.kafka_servers)
    await bench.settled()
    published = bench.ledger.published
    await broker.pass_on()
    await bench.ledger.until(lambda: bench.ledger.published > published)
    await bench.settled()
    bench.ledger.check_exactly_one_call_each()


async def test_an_executor_without_its_broker_says_that_it_is_not_ready(bench: Bench, broker: Proxy) -> None:
    executor = await bench.executor()

    async def not_ready() -> bool:
        return await readiness(executor) == 503

    async def ready() -> bool:
        return await readiness(executor) == 200

    broker.stall()
    await eventually(not_ready, "a hung broker is noticed")
    await broker.pass_on()
    await eventually(ready, "it is back")
    await broker.cut()
    await eventually(not_ready, "a broker out of reach is noticed")


async def test_while_results_cannot_be_published_no_more_is_called_than_memory_may_hold(
    bench: Bench, broker: Proxy
) -> None:
    bench.answer = lambda execution_id: web.json_response({"order": execution_id, "text": "x" * ANSWER_BYTES})
    executor = await bench.executor(CONNECTORS_OUTBOX_BYTES=str(OUTBOX_BYTES))
    broker.hold_requests(PUBLISHES_A_RESULT)
    await bench.ask(await bench.publish("POST"), LARGE_ANSWERS)

    async def full() -> bool:
        waiting = await metric(executor, "connectors_executor_outbox_bytes")
        return waiting >= OUTBOX_BYTES and await metric(executor, "connectors_executor_in_flight") == 0

    await eventually(full, "it calls no more")
    assert len(bench.ledger.calls) <= OUTBOX_BYTES // ANSWER_BYTES + IN_FLIGHT + 1
    await broker.pass_on()
    await bench.settled()
    bench.ledger.check_exactly_one_call_each()
