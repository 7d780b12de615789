"""One part of a real Valkey cluster keeps the contract of every admission, wherever its slot is."""

from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from redis.asyncio import Redis
from redis.crc import key_slot
from structlog.testing import capture_logs

from connector_executor.admission.cluster import Cluster
from connector_executor.admission.keys import TAGS
from connector_executor.admission.port import Ask, BudgetSpec, Completion, Ended, StoreEmptiedError, Subject, Verdict
from connector_executor.admission.scripts import AdmissionUnavailableError
from connector_executor.admission.server import UnfitStoreError, open_cluster, refuse_unfit
from connectors_local.processes import Supervisor
from tests.integration.admission.redis_deployment import RedisDeployment
from tests.unit.executor.admission_claims_suite import *  # noqa: F403
from tests.unit.executor.admission_ending_suite import *  # noqa: F403  # the shared tests, collected here
from tests.unit.executor.admission_lifting_suite import *  # noqa: F403
from tests.unit.executor.admission_limits_suite import *  # noqa: F403
from tests.unit.executor.admission_parking_suite import *  # noqa: F403
from tests.unit.executor.admission_pauses_suite import *  # noqa: F403
from tests.unit.executor.admission_recovery_suite import *  # noqa: F403
from tests.unit.executor.admission_suite import *  # noqa: F403
from tests.unit.executor.admission_suite import MS, ready
from tests.unit.executor.admission_upstream_suite import *  # noqa: F403
from tests.valkey_cluster import ValkeyCluster, ValkeyNode, valkey_cluster

PART = 5
"""Of the primary in the middle."""
TAG = TAGS[PART]
SLOT = key_slot(TAG.encode())


@pytest.fixture(scope="module")
async def valkeys(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ValkeyCluster]:
    folder = tmp_path_factory.mktemp("cluster")
    supervisor = Supervisor(folder / "processes")
    async with valkey_cluster(supervisor, folder) as cluster:
        yield cluster
    await supervisor.stop_all(grace_seconds=2)


@pytest.fixture
async def cluster(valkeys: ValkeyCluster) -> AsyncIterator[Cluster]:
    cluster = opened(valkeys.url)
    yield cluster
    await cluster.aclose()


@pytest.fixture
async def deployment(valkeys: ValkeyCluster, cluster: Cluster, key_prefix: str) -> AsyncIterator[RedisDeployment]:
    async with Redis.from_url(valkeys.primary_of(SLOT).url) as redis:
        yield RedisDeployment(redis, key_prefix, cluster.parts[PART], TAG)


def opened(url: str) -> Cluster:
    cluster = open_cluster(url)
    assert cluster is not None
    return cluster


async def test_every_part_finds_its_primary(valkeys: ValkeyCluster, cluster: Cluster) -> None:
    for tag, part in zip(TAGS, cluster.parts, strict=True):
        key = f"{{{tag}}}:found"
        await part.execute_command("SET", key, "1", "PX", 60_000)
        assert await valkeys.primary_of(key_slot(tag.encode())).command("GET", key) == b"1"


async def test_one_node_that_is_known_leads_to_the_others(valkeys: ValkeyCluster, deployment: RedisDeployment) -> None:
    cluster = opened(f"redis+cluster://127.0.0.1:1,{valkeys.primaries[2].address}")
    await cluster.parts[PART].execute_command("SET", deployment.memory, "1")
    assert await deployment.redis.get(deployment.memory) == b"1"
    await cluster.aclose()


async def test_a_cluster_without_a_node_that_answers_is_a_connection_error() -> None:
    cluster = opened("redis+cluster://127.0.0.1:1,127.0.0.1:2")
    with pytest.raises(AdmissionUnavailableError, match=r"no node of the cluster answers: 127\.0\.0\.1:2"):
        await cluster.parts[0].execute_command("PING")
    await cluster.aclose()


async def test_one_primary_under_the_address_of_a_cluster_is_refused(valkey_url: str) -> None:
    cluster = opened(valkey_url.replace("redis://", "redis+cluster://").removesuffix("/0"))
    with pytest.raises(UnfitStoreError, match="the address of one primary begins with redis://"):
        await refuse_unfit(cluster.parts[0], in_a_cluster=True)
    await cluster.aclose()


async def test_a_cluster_that_stops_as_a_whole_is_said_once_for_each_node(
    valkeys: ValkeyCluster, cluster: Cluster
) -> None:
    """Redis' own default: one primary that is away takes all the others with it."""
    for node in valkeys.nodes:
        await node.command("CONFIG", "SET", "cluster-require-full-coverage", "yes")
    with capture_logs() as lines:
        for part in cluster.parts:
            await refuse_unfit(part, in_a_cluster=True)
    for node in valkeys.nodes:
        await node.command("CONFIG", "SET", "cluster-require-full-coverage", "no")
    assert [line["log_level"] for line in lines] == ["warning"] * len(valkeys.primaries)
    assert all("set cluster-require-full-coverage to no" in line["why"] for line in lines)
    with capture_logs() as lines:
        for part in cluster.parts:
            await refuse_unfit(part, in_a_cluster=True)
    assert not lines


async def test_a_cluster_whose_settings_are_not_told_is_served(valkeys: ValkeyCluster) -> None:
    for node in valkeys.nodes:
        await node.command("ACL", "SETUSER", "few", "on", ">a,b@c", "~*", "+@all", "-config")
    cluster = opened(valkeys.url.replace("redis+cluster://", "redis+cluster://few:a%2Cb%40c@"))
    for part in cluster.parts:
        await refuse_unfit(part, in_a_cluster=True)
    await cluster.aclose()


async def test_each_node_has_the_user_and_the_options_of_the_address() -> None:
    """As for a private authority."""
    cluster = opened("rediss+cluster://user:pass@one:1,two:2/0?ssl_ca_certs=/etc/ca.pem")
    pool = cast("Any", cluster.at(("three", 3))).connection_pool
    told = pool.connection_kwargs
    assert (told["host"], told["port"], told["username"], told["password"]) == ("three", 3, "user", "pass")
    assert told["ssl_ca_certs"] == "/etc/ca.pem"
    await cluster.aclose()


class Migration:
    """A slot on its way from one primary to another, key by key, as `valkey-cli --cluster reshard` moves it."""

    def __init__(self, source: ValkeyNode, target: ValkeyNode) -> None:
        self.source, self.target = source, target

    async def begin(self) -> None:
        await self.target.command("CLUSTER", "SETSLOT", SLOT, "IMPORTING", await self.source.id())
        await self.source.command("CLUSTER", "SETSLOT", SLOT, "MIGRATING", await self.target.id())

    async def move(self, *keys: bytes) -> None:
        port = self.target.ports["client"]
        for key in keys or await self.source.command("CLUSTER", "GETKEYSINSLOT", SLOT, 10_000):
            moved = await self.source.command("MIGRATE", "127.0.0.1", port, key, 0, 5_000)
            assert moved in (b"OK", b"NOKEY"), "it may have expired just now"

    async def end(self) -> None:
        for node in (self.target, self.source):
            await node.command("CLUSTER", "SETSLOT", SLOT, "NODE", await self.target.id())


@pytest.fixture
async def migration(valkeys: ValkeyCluster) -> AsyncIterator[Migration]:
    """What was moved is brought back."""
    source = valkeys.primary_of(SLOT)
    target = next(node for node in valkeys.primaries if node is not source)
    yield Migration(source, target)
    back = Migration(target, source)
    await back.begin()
    await back.move()
    await back.end()


async def test_a_part_that_moves_waits_and_then_completes_its_memory(
    deployment: RedisDeployment, migration: Migration
) -> None:
    admission, other = [await deployment.replica(owner, lease_seconds=30) for owner in "ab"]
    before, budget = admission.generation, BudgetSpec("c:1", ((60_000 * MS, 0),))
    asks = [Ask("w1", id_, budget) for id_ in "12"]
    assert (await admission.admit(asks))[0].verdict is Verdict.GO
    await migration.begin()
    with pytest.raises(AdmissionUnavailableError, match="TryAgainError"):
        await admission.admit([Ask("w1", "3", budget)])
    await migration.move(deployment.memory.encode())
    with pytest.raises((AdmissionUnavailableError, StoreEmptiedError)):
        await admission.admit([Ask("w1", "3", budget)])
    await migration.move()
    await migration.end()
    with pytest.raises(StoreEmptiedError):
        await admission.admit(asks)
    assert await admission.join() != before
    assert await other.join() == admission.generation
    await ready(admission, since_ms=None, lost=True)
    assert (await other.admit([Ask("w1", "1", budget)]))[0].verdict is Verdict.RUNNING
    assert await admission.complete([Completion(asks[0], b"result")]) == [b"result"]
    await admission.settle([Ended("w1", "1")])
    assert (await other.admit([Ask("w1", "1", budget)]))[0].verdict is Verdict.SETTLED
    assert (await admission.limits(Subject("w1", "c", "", budget))).slot_seconds > 0


async def test_a_slot_that_moves_at_once_takes_all_of_its_part_with_it(
    deployment: RedisDeployment, migration: Migration
) -> None:
    """`CLUSTER MIGRATESLOTS`: nothing is refused on the way, and what was written up to the end is there."""
    admission = await deployment.replica("a", lease_seconds=30)
    before, asks = admission.generation, [Ask("w1", "0", BudgetSpec("c:1"))]

    async def go_on() -> None:
        while True:
            assert (await admission.admit(asks[-1:]))[0].verdict is Verdict.GO
            asks.append(Ask("w1", str(len(asks)), BudgetSpec("c:1")))

    node = await migration.target.id()
    await migration.source.command("CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", SLOT, SLOT, "NODE", node)
    with pytest.raises(StoreEmptiedError):
        await go_on()
    assert await admission.join() != before
    await ready(admission, since_ms=None, lost=True)
    heir = await deployment.replica("b", lease_seconds=30)
    assert {answer.verdict for answer in await heir.admit(asks[:-1])} <= {Verdict.RUNNING}


async def test_what_is_asked_for_on_the_way_is_sent_after_it(
    valkeys: ValkeyCluster, cluster: Cluster, deployment: RedisDeployment, migration: Migration
) -> None:
    part = cluster.parts[PART]
    await part.execute_command("SET", deployment.memory, "here")
    await migration.begin()
    assert await part.execute_command("GET", deployment.memory) == b"here"
    await migration.move()
    assert await part.execute_command("GET", deployment.memory) == b"here"
    await migration.end()
    assert await part.execute_command("GET", deployment.memory) == b"here"
    assert part.node == ("127.0.0.1", migration.target.ports["client"])


async def test_a_server_that_went_is_looked_for_anew(cluster: Cluster, deployment: RedisDeployment) -> None:
    """The connections are gone; the first command fails, and nothing was repeated unasked."""
    admission = await deployment.replica("a")
    await cast("Any", deployment.redis.client_kill_filter(_type="normal", skipme=True))
    part = cluster.parts[PART]
    with pytest.raises(AdmissionUnavailableError):
        await admission.admit([Ask("w1", "1", BudgetSpec("c:1"))])
    assert part.node is None
    assert (await admission.admit([Ask("w1", "1", BudgetSpec("c:1"))]))[0].verdict is Verdict.GO
