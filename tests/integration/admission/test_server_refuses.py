"""A server that answers and cannot serve is away; a key of another type than ours is one execution's trouble."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from connector_executor.admission.port import Ask, BudgetSpec, Claimed, Completion, Subject, Tally, Verdict
from connector_executor.admission.redis import RedisAdmission
from connector_executor.admission.scripts import AdmissionUnavailableError
from connector_executor.admission.server import UnfitStoreError, open_redis
from connectors_local.ports import free_port
from connectors_local.processes import Supervisor
from connectors_local.servers import ValkeyServer
from tests.unit.executor.admission_suite import ready


@pytest.fixture
async def server(supervisor: Supervisor, tmp_path: Path) -> AsyncIterator[Redis]:
    """A client of this test's own server, whose settings it may change."""
    valkey = ValkeyServer(supervisor, tmp_path / "valkey", durable=False)
    await valkey.start()
    redis = open_redis(valkey.url)
    yield redis
    await redis.aclose()
    valkey.kill()
    valkey.release_ports()


async def a_replica_without_its_primary(redis: Redis) -> None:
    await cast("Any", redis.execute_command("REPLICAOF", "127.0.0.1", free_port()))


async def a_stale_replica(redis: Redis) -> None:
    await a_replica_without_its_primary(redis)
    await redis.config_set("replica-serve-stale-data", "no")


async def a_full_server(redis: Redis) -> None:
    await redis.config_set("maxmemory", 1)


async def a_primary_without_replicas(redis: Redis) -> None:
    await redis.config_set("min-replicas-to-write", 1)


REFUSALS = (a_replica_without_its_primary, a_stale_replica, a_full_server, a_primary_without_replicas)


@pytest.mark.parametrize("refuse", REFUSALS)
async def test_a_server_that_cannot_serve_is_away(server: Redis, refuse: Any) -> None:
    admission, ask = RedisAdmission(server, "a"), Ask("w1", "1", BudgetSpec("c:1"))
    await admission.join()
    await ready(admission)
    await admission.admit([ask])
    await refuse(server)
    with pytest.raises(AdmissionUnavailableError):
        await admission.admit([Ask("w1", "2", BudgetSpec("c:1"))])
    with pytest.raises(AdmissionUnavailableError):
        await admission.renew([Claimed(ask)])


@pytest.mark.parametrize("policy", ["allkeys-lru", "volatile-ttl"])
async def test_a_server_that_drops_keys_to_make_room_is_refused(server: Redis, policy: str) -> None:
    await server.config_set("maxmemory-policy", policy)
    with pytest.raises(UnfitStoreError, match=f"maxmemory-policy {policy}, .*: set it to noeviction"):
        await RedisAdmission(server, "a").join()
    assert await server.dbsize() == 0, "nothing was begun there"
    await server.config_set("maxmemory-policy", "noeviction")
    assert await RedisAdmission(server, "a").join()


async def test_a_cluster_under_the_address_of_one_primary_is_refused(supervisor: Supervisor, tmp_path: Path) -> None:
    valkey = ValkeyServer(supervisor, tmp_path / "valkey", durable=False, settings={"cluster-enabled": "yes"})
    await valkey.start()
    redis = open_redis(valkey.url)
    try:
        with pytest.raises(UnfitStoreError, match=r"its address begins with redis\+cluster:"):
            await RedisAdmission(redis, "a").join()
    finally:
        await redis.aclose()
        valkey.kill()
        valkey.release_ports()


async def test_a_damaged_key_holds_up_its_own_execution_and_no_other(valkey_url: str, key_prefix: str) -> None:
    redis = open_redis(valkey_url)
    admission = RedisAdmission(redis, "a", prefix=key_prefix)
    await admission.join()
    await ready(admission)
    await redis.set(f"{key_prefix}:{{w1}}:b:damaged", "not a hash")
    await redis.set(f"{key_prefix}:{{w1}}:x:damaged", "r|nonsense")
    limited = BudgetSpec("damaged", ((1000, 0),))
    asks = [Ask("w1", "1", BudgetSpec("c:1")), Ask("w1", "2", limited), Ask("w1", "damaged", BudgetSpec("c:1"))]
    asks.append(Ask("w1", "3", BudgetSpec("c:1")))
    answers = await admission.admit(asks)
    assert [answer.verdict for answer in answers] == [Verdict.GO, Verdict.BUSY, Verdict.BUSY, Verdict.GO]
    await admission.renew([Claimed(ask) for ask in asks])
    assert await admission.complete([Completion(ask, b"{}") for ask in asks]) == [b"{}"] * 4
    await redis.aclose()


async def test_damaged_state_of_an_upstream_is_passed_over(valkey_url: str, key_prefix: str) -> None:
    redis = open_redis(valkey_url)
    admission = RedisAdmission(redis, "a", prefix=key_prefix)
    await redis.set(f"{key_prefix}:{{w1}}:c:damaged", "not a hash")
    subjects = [Subject("w1", "c", "damaged"), Subject("w1", "c", "sound")]
    assert await admission.report([(subject, Tally(failing=1, failed=1)) for subject in subjects]) == []
    assert (await admission.limits(subjects[1])).breaker_failures == 1
    await redis.aclose()
