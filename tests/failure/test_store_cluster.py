"""Executors on a real three-node Valkey cluster: what becomes of one node concerns its own workspaces alone."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import httpx2
import pytest
from redis.crc import key_slot

from connector_executor.admission.keys import TAGS, part_of
from connectors_local.processes import Supervisor
from connectors_local.services import Service
from tests.failure.bench import Bench, eventually, metric, readiness
from tests.valkey_cluster import ValkeyCluster, ValkeyNode, valkey_cluster

EACH = 30
"""Executions of each workspace and method at a time."""
UP = "connectors_executor_store_part_up"
READY = "connectors_executor_store_part_ready"


@pytest.fixture
def replicas() -> bool:
    """Whether each primary has one."""
    return False


@pytest.fixture
async def cluster(supervisor: Supervisor, tmp_path: Path, replicas: bool) -> AsyncIterator[ValkeyCluster]:
    async with valkey_cluster(supervisor, tmp_path / "cluster", replicas=replicas) as cluster:
        yield cluster


@pytest.fixture
def valkey_url(cluster: ValkeyCluster) -> str:
    return cluster.url


class Tenants:
    """Two workspaces on each node, each with a connector that reads and one that writes."""

    def __init__(self, bench: Bench, cluster: ValkeyCluster) -> None:
        self.bench = bench
        self.cluster = cluster
        self.of: dict[int, list[UUID]] = {number: [] for number in range(len(cluster.primaries))}
        self.asked: dict[UUID, list[str]] = {}
        self._connectors: dict[tuple[UUID, str], UUID] = {}
        while any(len(found) < 2 for found in self.of.values()):
            workspace = uuid4()
            found = self.of[self.node_of(workspace)]
            if len(found) < 2:
                found.append(workspace)
                self.asked[workspace] = []

    def node_of(self, workspace: UUID) -> int:
        slot = key_slot(TAGS[self.part_of(workspace)].encode())
        return self.cluster.primaries.index(self.cluster.primary_of(slot))

    def part_of(self, workspace: UUID) -> int:
        return part_of(str(workspace), len(TAGS))

    def parts_of(self, node: int) -> list[int]:
        chosen = self.cluster.primaries[node]
        return [n for n, tag in enumerate(TAGS) if self.cluster.primary_of(key_slot(tag.encode())) is chosen]

    async def ask(self, *nodes: int) -> list[str]:
        """Of all workspaces on those nodes, of all where none is named."""
        asked: list[str] = []
        for node in nodes or self.of:
            for workspace in self.of[node]:
                for method in ("GET", "POST"):
                    connector = await self._connector(workspace, method)
                    ids = await self.bench.ask(connector, EACH, workspace_id=workspace)
                    self.bench.asked_by[method] += ids
                    self.asked[workspace] += ids
                    asked += ids
        return asked

    def on(self, node: int) -> set[str]:
        return {id_ for workspace in self.of[node] for id_ in self.asked[workspace]}

    async def _connector(self, workspace: UUID, method: str) -> UUID:
        key = (workspace, method)
        if key not in self._connectors:
            self._connectors[key] = await self.bench.publish(method, workspace_id=workspace)
        return self._connectors[key]


@pytest.fixture
async def tenants(bench: Bench, cluster: ValkeyCluster) -> Tenants:
    return Tenants(bench, cluster)


async def parts_that(executor: Service, name: str, value: float) -> list[int]:
    async with httpx2.AsyncClient(timeout=10, trust_env=False) as client:
        text = (await client.get(f"{executor.url}/metrics")).text
    found = [line for line in text.splitlines() if line.startswith(f"{name}{{")]
    return sorted(int(line.split('"')[1]) for line in found if float(line.rpartition(" ")[2]) == value)


async def away(executor: Service, parts: list[int]) -> None:
    async def noticed() -> bool:
        return await parts_that(executor, UP, 0) == parts

    await eventually(noticed, f"just the parts {parts} are away")


async def whole(executor: Service) -> None:
    async def noticed() -> bool:
        return not await parts_that(executor, UP, 0) and not await parts_that(executor, READY, 0)

    await eventually(noticed, "all parts answer, and know what has ended", 60)


async def ended(bench: Bench, ids: list[str] | set[str]) -> None:
    await bench.ledger.until(lambda: set(bench.ledger.results) >= set(ids), 60)


async def test_workspaces_are_spread_over_all_nodes_and_each_execution_ends_once(
    bench: Bench, tenants: Tenants
) -> None:
    executors = [await bench.executor(), await bench.executor()]
    ids = await tenants.ask()
    await bench.settled(60)
    await bench.ask_again(ids[::3])
    await bench.settled(60)
    bench.ledger.check_exactly_one_call_each()
    for node in tenants.cluster.primaries:
        assert await node.command("DBSIZE") > 0
    assert all([await parts_that(executor, READY, 1) == list(range(len(TAGS))) for executor in executors])


async def test_a_node_that_is_killed_stops_its_own_workspaces_and_no_others(bench: Bench, tenants: Tenants) -> None:
    executor = await bench.executor()
    await tenants.ask()
    await bench.ledger.called(60)
    lost = tenants.cluster.primaries[1]
    lost.kill()
    await away(executor, tenants.parts_of(1))
    assert await readiness(executor) == 200
    stopped = await tenants.ask(1)
    await ended(bench, await tenants.ask(0, 2))
    called = {id_ for id_ in stopped if id_ in bench.ledger.calls}
    assert not called, "nothing of its workspaces was begun"
    await lost.start()
    await whole(executor)
    await bench.settled(90)
    check(bench)


async def test_a_node_that_hangs_stops_its_own_workspaces_and_no_others(bench: Bench, tenants: Tenants) -> None:
    """Connections stay open, and nothing answers."""
    executor = await bench.executor()
    await tenants.ask()
    await bench.ledger.called(60)
    hung = tenants.cluster.primaries[1]
    hung.pause()
    await tenants.ask(1)
    await ended(bench, await tenants.ask(0, 2))
    await away(executor, tenants.parts_of(1))
    await ended(bench, await tenants.ask(0, 2))
    hung.resume()
    await whole(executor)
    await bench.settled(90)
    check(bench)


async def test_a_node_that_forgets_is_refilled_while_the_others_serve(bench: Bench, tenants: Tenants) -> None:
    executors = [await bench.executor(), await bench.executor()]
    await ended(bench, await tenants.ask())
    first = list(bench.ledger.asked)
    await tenants.ask()
    await bench.ledger.called(len(first) + 60)
    await tenants.cluster.primaries[2].command("FLUSHALL")
    await bench.ask_again(first)
    await tenants.ask()
    await bench.settled(90)
    for executor in executors:
        await whole(executor)
        assert await metric(executor, "connectors_executor_store_losses_total") == len(tenants.parts_of(2))
    check(bench)
    others = tenants.on(0) | tenants.on(1)
    assert others <= bench.ledger.succeeded, "what another node has forgotten is no doubt of theirs"


async def test_executors_that_die_with_a_node_leave_doubt_in_its_own_workspaces_alone(
    bench: Bench, tenants: Tenants
) -> None:
    executors = [await bench.executor(), await bench.executor()]
    await tenants.ask()
    await bench.ledger.called(60)
    await tenants.cluster.primaries[0].command("FLUSHALL")
    executors[0].kill()
    await bench.settled(90)
    bench.ledger.of(bench.asked_by["POST"]).check_never_called_twice()
    assert set(bench.ledger.results) == set(bench.ledger.asked)


async def test_an_executor_starts_while_a_node_is_away_and_serves_the_others(bench: Bench, tenants: Tenants) -> None:
    lost = tenants.cluster.primaries[1]
    lost.kill()
    executor = await bench.executor()
    stopped = await tenants.ask(1)
    await ended(bench, await tenants.ask(0, 2))
    assert not set(stopped) & bench.ledger.calls.keys()
    await lost.start()
    await whole(executor)
    await bench.settled(90)
    bench.ledger.check_exactly_one_call_each()


class TestWithReplicas:
    @pytest.fixture
    def replicas(self) -> bool:
        return True

    async def test_a_replica_takes_over_and_its_memory_is_completed(self, bench: Bench, tenants: Tenants) -> None:
        executors = [await bench.executor(), await bench.executor()]
        await tenants.ask()
        await bench.ledger.called(60)
        tenants.cluster.primaries[0].kill()
        await tenants.ask()
        replica = tenants.cluster.replicas[0]

        async def promoted() -> bool:
            return (await replica.command("INFO", "replication"))["role"] == "master"

        await eventually(promoted, "the replica has taken over", 30)
        for executor in executors:
            await whole(executor)
        await bench.settled(90)
        check(bench)


async def test_slots_move_while_their_workspaces_are_at_work(bench: Bench, tenants: Tenants) -> None:
    executor = await bench.executor()
    source, target = tenants.cluster.primaries[0], tenants.cluster.primaries[2]
    await tenants.ask()
    await bench.ledger.called(60)
    moving = asyncio.create_task(move(source, target, [key_slot(TAGS[part].encode()) for part in tenants.parts_of(0)]))
    await tenants.ask()
    await moving
    await tenants.ask()
    await bench.settled(90)
    await whole(executor)
    check(bench)


async def move(source: ValkeyNode, target: ValkeyNode, slots: list[int]) -> None:
    """Key by key, as `valkey-cli --cluster reshard` does."""
    for slot in slots:
        await target.command("CLUSTER", "SETSLOT", slot, "IMPORTING", await source.id())
        await source.command("CLUSTER", "SETSLOT", slot, "MIGRATING", await target.id())
        while keys := await source.command("CLUSTER", "GETKEYSINSLOT", slot, 100):
            await source.command("MIGRATE", "127.0.0.1", target.ports["client"], "", 0, 5_000, "KEYS", *keys)
        for node in (target, source):
            await node.command("CLUSTER", "SETSLOT", slot, "NODE", await target.id())


def check(bench: Bench) -> None:
    """Each id once. A write is never called twice; reads in flight may be."""
    bench.ledger.check_one_outcome_each()
    bench.ledger.of(bench.asked_by["POST"]).check_exactly_one_call_each()
