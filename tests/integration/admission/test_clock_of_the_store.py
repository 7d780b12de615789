"""The clock of the store goes back by a day, as after a failover to a machine whose clock is right again.

What the store has written looks then as if it were of tomorrow: so it is moved there.
"""

from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from connector_executor.admission.port import Ask, BudgetSpec, Verdict
from connector_executor.admission.redis import RedisAdmission
from connector_executor.admission.server import open_redis
from tests.unit.executor.admission_suite import HORIZON_SECONDS, LEASE_SECONDS, SECOND, ready

A_DAY_US = 86_400 * SECOND
LIMITED = BudgetSpec("connector", windows=((SECOND, 0),))


async def move_a_day_on(redis: Redis, prefix: str) -> None:
    """Every time in budgets and in claims of running executions."""
    async for key in cast("AsyncIterator[bytes]", redis.scan_iter(match=f"{prefix}*")):
        if b":b:" in key:
            for name, moment in (await cast("Any", redis.hgetall(key))).items():
                if name.startswith(b"w"):
                    await cast("Any", redis.hset(key, name, int(moment) + A_DAY_US))
        elif b":x:" in key:
            state, owner, lease_until, slot, attempt = cast("bytes", await redis.get(key)).split(b"|")
            moved = [b"%d" % (int(moment) + A_DAY_US) for moment in (lease_until, slot)]
            await redis.set(key, b"|".join([state, owner, *moved, attempt]))


async def wait_for(redis: Redis, prefix: str, seconds: float) -> bool:
    """By the server's own clock, which waits in vain for an element."""
    return await cast("Any", redis.blpop([f"{prefix}nothing"], timeout=seconds)) is None


@pytest.fixture
async def redis(valkey_url: str) -> AsyncIterator[Redis]:
    redis = open_redis(valkey_url)
    yield redis
    await redis.aclose()


@pytest.fixture
async def replicas(redis: Redis, key_prefix: str) -> list[RedisAdmission]:
    found = [
        RedisAdmission(redis, owner, horizon_seconds=HORIZON_SECONDS, lease_seconds=LEASE_SECONDS, prefix=key_prefix)
        for owner in ("one", "another")
    ]
    for replica in found:
        await replica.join()
        await ready(replica)
    return found


async def test_a_budget_is_not_closed_for_a_day(redis: Redis, key_prefix: str, replicas: list[RedisAdmission]) -> None:
    admission = replicas[0]
    await admission.admit([Ask("workspace", "before", LIMITED)])
    await move_a_day_on(redis, key_prefix)
    [answer] = await admission.admit([Ask("workspace", "after", LIMITED)])
    assert answer.wait_seconds <= HORIZON_SECONDS + 1
    later = await wait_for(redis, key_prefix, 1.1)
    [again] = await admission.admit([Ask("workspace", "after", LIMITED)])
    assert later
    assert again.verdict is Verdict.GO


async def test_an_execution_of_an_executor_that_is_gone_does_not_wait_for_a_day(
    redis: Redis, key_prefix: str, replicas: list[RedisAdmission]
) -> None:
    gone, heir = replicas
    await gone.admit([Ask("workspace", "execution", LIMITED)])
    await move_a_day_on(redis, key_prefix)
    [answer] = await heir.admit([Ask("workspace", "execution", LIMITED)])
    assert answer.verdict is Verdict.RUNNING
    assert answer.wait_seconds <= HORIZON_SECONDS + LEASE_SECONDS
    await wait_for(redis, key_prefix, LEASE_SECONDS + 0.1)
    [again] = await heir.admit([Ask("workspace", "execution", LIMITED)])
    assert again.verdict is Verdict.UNKNOWN
