"""A server with replicas: what is a loss, and what only looks like one."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from connector_executor.admission.port import Ask, BudgetSpec, StoreEmptiedError, Verdict
from connector_executor.admission.redis import RedisAdmission
from connector_executor.admission.server import open_redis
from connectors_local.processes import Supervisor
from connectors_local.servers import ValkeyServer
from tests.unit.executor.admission_suite import ready

RUNNING = Ask("w1", "1", BudgetSpec("c:1"))


@pytest.fixture
async def servers(supervisor: Supervisor, tmp_path: Path) -> AsyncIterator[list[Redis]]:
    """Two of this test's own, neither of which follows the other yet."""
    started = [ValkeyServer(supervisor, tmp_path / name, durable=False) for name in ("one", "two")]
    for server in started:
        await server.start()
    clients = [open_redis(server.url) for server in started]
    for client in clients:
        await client.config_set("repl-diskless-sync-delay", 0)
    yield clients
    for server, client in zip(started, clients, strict=True):
        await client.aclose()
        server.kill()
        server.release_ports()


async def follow(replica: Redis, primary: Redis) -> None:
    """Returns when it has all that the primary has."""
    where = primary.connection_pool.connection_kwargs
    await cast("Any", replica.execute_command("REPLICAOF", where["host"], where["port"]))
    while (await cast("Any", replica.info("replication")))["master_link_status"] != "up":
        await cast("Any", primary.blpop(["nothing"], timeout=0.02))


async def promote(replica: Redis) -> None:
    await cast("Any", replica.execute_command("REPLICAOF", "NO", "ONE"))


async def joined(redis: Redis, owner: str = "a") -> RedisAdmission:
    admission = RedisAdmission(redis, owner)
    await admission.join()
    return admission


async def name_of(redis: Redis) -> str:
    return str((await cast("Any", redis.info("replication")))["master_replid"])


async def test_the_first_replica_that_attaches_changes_the_name_of_the_server_and_nothing_is_lost(
    servers: list[Redis],
) -> None:
    primary, replica = servers
    admission = await joined(primary)
    await ready(admission)
    await admission.admit([RUNNING])
    before, generation = await name_of(primary), admission.generation
    await follow(replica, primary)
    assert await name_of(primary) != before
    with pytest.raises(StoreEmptiedError):
        await admission.renew([])
    assert await admission.join() == generation
    assert (await admission.look()).ready
    [answer] = await (await joined(primary, "b")).admit([RUNNING])
    assert answer.verdict is Verdict.RUNNING


async def test_a_replica_that_is_promoted_may_have_lost_what_was_written_last(servers: list[Redis]) -> None:
    primary, replica = servers
    admission = await joined(primary)
    await ready(admission)
    await follow(replica, primary)
    await admission.join()
    await promote(replica)
    heir = await joined(replica)
    assert heir.generation != admission.generation
    assert not (await heir.look()).ready


async def test_a_server_that_has_followed_its_own_replica_has_the_memory_of_that_one(servers: list[Redis]) -> None:
    first, second = servers
    admission = await joined(first)
    await ready(admission)
    await follow(second, first)
    await admission.join()
    generation = admission.generation
    await promote(second)
    await follow(first, second)
    await promote(first)
    with pytest.raises(StoreEmptiedError):
        await admission.renew([])
    assert await admission.join() != generation
