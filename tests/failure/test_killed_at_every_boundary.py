"""SIGKILL of the executor between any two steps of an execution.

The network holds the message between them. When it does, the process is killed, what is held is lost with it,
and the process is started again.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import pytest

from connectors_local.processes import Supervisor
from connectors_local.services import Service
from connectors_local.testservers import fresh_database
from tests.failure.bench import Bench
from tests.failure.ledger import Ledger
from tests.failure.network import COMMITS_OFFSETS, PUBLISHES_A_RESULT, broker_proxy, runs, store_proxy, upstream_proxy
from tests.failure.proxy import Proxy


@dataclass(frozen=True)
class Boundary:
    """Where in the network the message is held, and what happened before: was it `called`, was its outcome `kept`?

    `results`: how often the outcome is published in all when it was kept; a repeat is needless once the store has been
    told that it is out, which it is as often as offsets are committed. `late`: what is held went over the network
    before the call as well, so it is held from the result on; one commit before it makes sure that the next is far.
    """

    name: str
    where: str
    hold: Callable[[Proxy], None]
    called: bool = True
    kept: bool = True
    results: tuple[int, ...] = (1,)
    late: bool = False


BOUNDARIES = [
    Boundary("admitted", "store", lambda store: store.hold_replies(runs("admit")), called=False, kept=False),
    Boundary("sent", "upstream", lambda upstream: upstream.hold_requests(), called=False, kept=False),
    Boundary("called", "upstream", lambda upstream: upstream.hold_replies(), kept=False),
    Boundary("answered", "store", lambda store: store.hold_requests(runs("complete")), kept=False),
    Boundary("kept", "store", lambda store: store.hold_replies(runs("complete"))),
    Boundary("known to be kept", "broker", lambda broker: broker.hold_requests(PUBLISHES_A_RESULT)),
    Boundary("published", "broker", lambda broker: broker.hold_replies(PUBLISHES_A_RESULT), results=(2,)),
    Boundary(
        "known to be published",
        "broker",
        lambda broker: broker.hold_requests(COMMITS_OFFSETS),
        results=(1, 2),
        late=True,
    ),
    Boundary("committed", "broker", lambda broker: broker.hold_replies(COMMITS_OFFSETS), late=True),
    Boundary("before the store is told", "store", lambda store: store.hold_requests(runs("settle")), results=(1, 2)),
]


@dataclass(frozen=True)
class Scene:
    """An executor of its own with one connector, and the network around it."""

    method: str
    bench: Bench
    network: dict[str, Proxy]
    executor: Service
    connector_id: UUID

    async def kill_at(self, boundary: Boundary) -> tuple[str, Ledger]:
        """Kill the executor with an execution there, and start it again. Gives what became of the execution."""
        proxy = self.network[boundary.where]
        if boundary.late:
            await self.bench.ask(self.connector_id, 1)
            await self.bench.settled()
        else:
            boundary.hold(proxy)
        [execution_id] = await self.bench.ask(self.connector_id, 1)
        if boundary.late:
            await self.bench.ledger.until(lambda: bool(self.bench.ledger.results.get(execution_id)))
            boundary.hold(proxy)
        await proxy.held(1)
        assert self.bench.ledger.calls[execution_id] == boundary.called
        self.executor.kill()
        await proxy.cut()
        await proxy.pass_on()
        await self.executor.start()
        await self.bench.settled()
        return execution_id, self.bench.ledger.of([execution_id])


@asynccontextmanager
async def scene(method: str, bench: Bench) -> AsyncIterator[Scene]:
    """A first execution has gone through: whatever is done only once has been done."""
    async with bench.open(), store_proxy(bench) as store, broker_proxy(bench) as broker, upstream_proxy(bench) as api:
        executor = await bench.executor("only", CONNECTORS_LEASE_SECONDS="0.5", CONNECTORS_COMMIT_SECONDS="1")
        connector_id = await bench.publish(method)
        await bench.ask(connector_id, 1)
        await bench.settled()
        yield Scene(method, bench, {"store": store, "broker": broker, "upstream": api}, executor, connector_id)


@pytest.fixture(scope="module")
async def scenes(
    kafka_servers: str, valkey_url: str, postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[dict[str, Scene]]:
    """One for calls that may be repeated and one for calls that may not; every test leaves them running."""
    folder = tmp_path_factory.mktemp("boundaries")
    supervisor = Supervisor(folder / "processes")
    async with AsyncExitStack() as stack:
        databases = {m: await stack.enter_async_context(fresh_database(postgres_url)) for m in ("GET", "POST")}
        stack.push_async_callback(supervisor.stop_all, 2)
        benches = {
            method: Bench(kafka_servers, valkey_url, database, supervisor, folder / method)
            for method, database in databases.items()
        }
        opening = [stack.enter_async_context(scene(method, bench)) for method, bench in benches.items()]
        yield {scene.method: scene for scene in await asyncio.gather(*opening)}


@pytest.mark.parametrize("boundary", BOUNDARIES, ids=lambda boundary: boundary.name)
async def test_one_outcome_and_no_call_that_could_do_harm(boundary: Boundary, scenes: dict[str, Scene]) -> None:
    (repeatable, get), (unrepeatable, post) = await asyncio.gather(
        scenes["GET"].kill_at(boundary), scenes["POST"].kill_at(boundary)
    )
    get.check_repeatable(most_calls=2)
    assert get.calls[repeatable] == (1 if boundary.kept else 1 + boundary.called)
    assert get.published in boundary.results
    post.check_never_called_twice()
    assert post.calls[unrepeatable] == boundary.called
    assert post.unknown == (set() if boundary.kept else {unrepeatable})
    assert post.published in boundary.results
