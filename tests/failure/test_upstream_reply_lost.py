"""The API did what it was asked, and its answer is lost on the way."""

from tests.failure.bench import IDEMPOTENCY_HEADER, Bench
from tests.failure.proxy import Proxy

EXECUTIONS = 5


async def answers_lost(bench: Bench, upstream: Proxy, method: str, **config: str) -> list[str]:
    """Executions, one after the other, each of which lost the answer to its first call."""
    connector_id = await bench.publish(method, retry_delay=10, **config)
    before = upstream.lost
    execution_ids: list[str] = []
    for _ in range(EXECUTIONS):
        upstream.lose_replies(times=1)
        execution_ids += await bench.ask(connector_id, 1)
        await bench.ledger.complete()
    assert upstream.lost == before + EXECUTIONS
    return execution_ids


async def test_a_call_is_made_again_only_where_that_does_no_harm(bench: Bench, upstream: Proxy) -> None:
    await bench.executor("only")
    idempotent = [
        execution_id for method in ("GET", "PUT") for execution_id in await answers_lost(bench, upstream, method)
    ]
    keyed = await answers_lost(bench, upstream, "POST", idempotency_header=IDEMPOTENCY_HEADER)
    unrepeatable = [
        execution_id for method in ("POST", "PATCH") for execution_id in await answers_lost(bench, upstream, method)
    ]
    await bench.settled()
    for execution_id in idempotent + keyed:
        assert bench.ledger.calls[execution_id] == 2
    bench.ledger.of(idempotent + keyed).check_repeatable(most_calls=2)
    assert bench.ledger.of(keyed).keys == {execution_id: {execution_id} for execution_id in keyed}
    bench.ledger.of(unrepeatable).check_never_called_twice()
    assert bench.ledger.unknown == set(unrepeatable)
