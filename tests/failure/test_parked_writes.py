"""SIGKILL of the executor while parked writes are under way, which meanwhile come to an end of another kind.

Their rows grow too old, their deadlines pass, or they are cancelled before another executor looks at them.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from connector_executor.parking.postgres import PostgresParking, callers_pool, parking_pool
from connectors_shared.contract.failure import FailureType
from tests.failure.bench import WORKSPACE, Bench, eventually
from tests.failure.ledger import failure_type
from tests.failure.network import runs
from tests.failure.proxy import Proxy

LIMITED = {"rate_limit": {"windows": [{"limit": 10, "seconds": 1}]}, "max_in_flight": 200}
EXECUTIONS = 80
WITHIN_THE_HORIZON = 22
"""The slots of so many of them are within the horizon when they come; the rest is parked."""
UNDER_WAY = 5
SECONDS = 8
"""Until whatever is still parked has come to its end."""


@dataclass(frozen=True)
class Way:
    """How a connector's parked executions end while nobody drains them."""

    type: FailureType
    config: dict[str, Any] = field(default_factory=dict)
    deadline: bool = False


WAYS = [
    Way(FailureType.BACKLOG_FULL, {"parking": {"max_age_seconds": SECONDS}}),
    Way(FailureType.DEADLINE_EXCEEDED, deadline=True),
    Way(FailureType.CANCELLED),
]


class Rows:
    """The parked rows as another client of the database sees them."""

    def __init__(self, pool: Any, store: PostgresParking) -> None:
        self._pool = pool
        self._store = store

    async def leased(self, connector_id: UUID) -> set[str]:
        query = "SELECT execution_id FROM parked_executions WHERE connector_id = $1 AND lease_owner IS NOT NULL"
        return {str(row["execution_id"]) for row in await self._pool.fetch(query, connector_id)}

    async def cancelled(self, connector_id: UUID) -> bool:
        """Cancels what is not leased any more; True when that is all of it."""
        await self._store.cancel(WORKSPACE, connector_id, None)
        query = "SELECT count(*) FROM parked_executions WHERE connector_id = $1 AND NOT cancelled"
        return not await self._pool.fetchval(query, connector_id)

    async def all_ended(self) -> bool:
        query = "SELECT count(*) FROM parked_executions WHERE NOT cancelled AND expires_at > now()"
        return not await self._pool.fetchval(query)


async def no_reply_of_the_upstream(upstream: Proxy, store: Proxy) -> None:
    upstream.hold_replies()


async def no_reply_of_the_store(upstream: Proxy, store: Proxy) -> None:
    """The outcomes are kept, and nobody here knows."""
    store.hold_replies(runs("complete"))


@pytest.mark.parametrize("hold", [no_reply_of_the_upstream, no_reply_of_the_store])
async def test_a_parked_write_that_was_called_is_not_ended_as_if_it_had_not_been(
    bench: Bench, store: Proxy, upstream: Proxy, hold: Callable[[Proxy, Proxy], Awaitable[None]]
) -> None:
    executor = await bench.executor("only")
    pool, callers = await parking_pool(bench.database_url), await callers_pool(bench.database_url)
    rows = Rows(pool, PostgresParking(pool, callers))
    asked: dict[UUID, tuple[Way, list[str]]] = {}
    for way in WAYS:
        connector = await bench.publish("POST", **LIMITED | way.config)
        deadline = datetime.now(UTC) + timedelta(seconds=SECONDS) if way.deadline else None
        asked[connector] = (way, await bench.ask(connector, EXECUTIONS, deadline=deadline))
    under_way: dict[UUID, set[str]] = {}

    async def are_under_way() -> bool:
        for connector in asked:
            under_way[connector] = await rows.leased(connector) & set(bench.ledger.calls)
        return min(map(len, under_way.values())) >= UNDER_WAY

    await bench.ledger.answered(len(WAYS) * WITHIN_THE_HORIZON)
    await hold(upstream, store)
    await eventually(are_under_way, "parked executions are under way")
    executor.kill()
    caught = set().union(*under_way.values())
    for proxy in (upstream, store):
        await proxy.cut()
        await proxy.pass_on()
    [to_cancel] = [connector for connector, (way, _) in asked.items() if way.type is FailureType.CANCELLED]
    await eventually(lambda: rows.cancelled(to_cancel), "all is cancelled")
    await eventually(rows.all_ended, "all has come to its end")
    await executor.start()
    await bench.settled(60)
    await pool.close()
    check(bench, asked)
    known = bench.ledger.succeeded & caught
    assert caught - known <= bench.ledger.unknown
    assert known if hold is no_reply_of_the_store else caught & bench.ledger.unknown


def check(bench: Bench, asked: dict[UUID, tuple[Way, list[str]]]) -> None:
    ledger = bench.ledger
    ledger.check_one_outcome_each()
    assert {id_: count for id_, count in ledger.calls.items() if count > 1} == {}
    for way, ids in asked.values():
        ended = {id_ for id_ in ids if failure_type(ledger.results[id_][0]) == way.type}
        assert ended, way.type
        assert ended & set(ledger.calls) == set(), "what was called is not reported as if it had not been"
        assert set(ids) == (ended | ledger.succeeded | ledger.unknown) & set(ids)
