"""The clock of the store goes back by a day, as after a failover to a machine whose clock is right again.

What the store has written looks then as if it were of tomorrow: so it is moved there.
"""

from collections.abc import AsyncIterator
from hashlib import sha1
from itertools import count, islice
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from connector_executor.admission.port import Ask, BreakerPolicy, BudgetSpec, Ended, Position, Subject, Tally, Verdict
from connector_executor.admission.redis import RedisAdmission
from connector_executor.admission.server import open_redis
from connector_executor.policies.quota import Advice
from tests.unit.executor.admission_suite import HORIZON_SECONDS, LEASE_SECONDS, SECOND, ready

A_DAY_US = 86_400 * SECOND
LIMITED = BudgetSpec("connector", windows=((SECOND, 0),))


BREAKERS = BreakerPolicy(min_calls=4, open_seconds=0.05, probe_seconds=0.2)
FAILING = Tally(failing=4, failed=4)
UPSTREAM = Subject("workspace", "connector", "upstream", LIMITED)
SHORT_HORIZON_SECONDS = 0.2
AGES_AHEAD = 30
"""Of the byte that tells when a marker was made, a hundred to the window."""


async def move_on(redis: Redis, key: str, *names: str, by: int = A_DAY_US) -> None:
    for name in names:
        moment = await cast("Any", redis.hget(key, name))
        await cast("Any", redis.hset(key, name, int(moment) + by))


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


async def test_a_burst_that_was_spent_tomorrow_is_over_after_one_window(
    redis: Redis, key_prefix: str, replicas: list[RedisAdmission]
) -> None:
    admission, key = replicas[0], f"{key_prefix}:{{workspace}}:b:connector"
    burst = BudgetSpec("connector", ((SECOND // 5, SECOND),), quotas=((5, SECOND),))
    await admission.admit([Ask("workspace", str(index), burst) for index in range(5)])
    await move_on(redis, key, "q1:t", *(f"q1:{mark}" for mark in range(1, 6)))
    [refused] = await admission.admit([Ask("workspace", "after", burst)])
    assert refused.wait_us > 0
    assert await wait_for(redis, key_prefix, 1.1)
    [again] = await admission.admit([Ask("workspace", "another", burst)])
    assert (again.verdict, again.wait_us) == (Verdict.GO, 0)


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


async def a_replica(redis: Redis, prefix: str, owner: str = "one", **settings: Any) -> RedisAdmission:
    replica = RedisAdmission(
        redis, owner, horizon_seconds=SHORT_HORIZON_SECONDS, prefix=prefix, breakers=BREAKERS, **settings
    )
    await replica.join()
    return replica


def a_try(execution_id: str) -> Ask:
    return Ask("workspace", execution_id, BudgetSpec("connector"), connector_id="connector", breaker="upstream")


async def test_a_probe_that_has_no_end_does_not_close_the_breaker_for_a_day(redis: Redis, key_prefix: str) -> None:
    replica = await a_replica(redis, key_prefix)
    await ready(replica)
    await replica.report([(UPSTREAM, FAILING)])
    await wait_for(redis, key_prefix, 0.1)
    [probe] = await replica.admit([a_try("probe")])
    assert probe.verdict is Verdict.GO
    await move_on(redis, f"{key_prefix}:{{workspace}}:c:upstream", "probe_until")
    [answer] = await replica.admit([a_try("other")])
    assert answer.verdict is Verdict.OPEN
    await wait_for(redis, key_prefix, SHORT_HORIZON_SECONDS + 0.3)
    [again] = await replica.admit([a_try("other")])
    assert again.verdict is Verdict.GO


async def test_a_breaker_does_not_count_in_the_window_of_tomorrow(redis: Redis, key_prefix: str) -> None:
    replica, key = await a_replica(redis, key_prefix), f"{key_prefix}:{{workspace}}:c:upstream"
    await replica.report([(UPSTREAM, Tally(alive=1, succeeded=1))])
    await move_on(redis, key, "w")
    await replica.report([(UPSTREAM, Tally(alive=1, succeeded=1))])
    seconds, _ = await cast("Any", redis.time())
    assert int(await cast("Any", redis.hget(key, "w"))) <= (seconds + 1) * SECOND


async def test_a_refiller_that_is_gone_does_not_hold_writes_up_for_a_day(
    redis: Redis, key_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector_executor.admission.redis.REFILL_LEASE_MS", 200)
    gone, heir = await a_replica(redis, key_prefix), await a_replica(redis, key_prefix, "another")
    assert (await gone.look()).refills
    await move_on(redis, f"{key_prefix}:memory", "refiller_until_ms", by=A_DAY_US // 1000)
    assert not (await heir.look()).refills
    await wait_for(redis, key_prefix, 0.3)
    assert (await heir.look()).refills


async def test_a_memory_that_began_tomorrow_begins_now(redis: Redis, key_prefix: str) -> None:
    replica = await a_replica(redis, key_prefix, settling_seconds=0.2)
    await ready(replica, lost=True)
    await move_on(redis, f"{key_prefix}:memory", "began_us", "settled_us")
    burst = BudgetSpec("connector", ((SECOND // 100, SECOND),), max_concurrent=1, quotas=((100, SECOND // 10),))
    [answer] = await replica.admit([Ask("workspace", "execution", burst)])
    assert answer.verdict is Verdict.RECOVERING, "who runs it may not have told yet"
    assert (await replica.look()).settles_seconds <= 0.2
    await wait_for(redis, key_prefix, 0.3)
    [again] = await replica.admit([Ask("workspace", "execution", burst)])
    assert again.verdict is Verdict.GO


async def test_quiet_that_was_asked_for_tomorrow_lasts_as_long_as_it_was_asked_for(
    redis: Redis, key_prefix: str
) -> None:
    replica, budget = await a_replica(redis, key_prefix), BudgetSpec("connector")
    await ready(replica)
    await replica.observe("workspace", budget, Advice("Retry-After: 60", 60.0))
    await move_on(redis, f"{key_prefix}:{{workspace}}:b:connector", "hold", "hold_at")
    await replica.observe("workspace", budget, Advice("Retry-After: 70", 70.0))
    [answer] = await replica.admit([Ask("workspace", "execution", budget)])
    assert answer.verdict is Verdict.HELD
    assert 60 < answer.wait_seconds <= 70


def of_one_shard(number: int) -> list[Ended]:
    """See `markers.lua`: it has sixteen to begin with."""
    ids = (str(id_) for id_ in count() if int(sha1(str(id_).encode()).hexdigest()[:8], 16) % 16 == 0)
    return [Ended("workspace", id_, Position(0, index)) for index, id_ in enumerate(islice(ids, number))]


async def test_what_has_ended_tomorrow_is_not_forgotten_as_if_it_were_old(redis: Redis, key_prefix: str) -> None:
    """A shard that is full drops what is old."""
    replica = await a_replica(redis, key_prefix)
    await ready(replica)
    ended = of_one_shard(100)
    await replica.settle(ended[:90])
    [key] = [key async for key in redis.scan_iter(f"{key_prefix}:{{workspace}}:m?*")]
    for field, value in (await cast("Any", redis.hgetall(key))).items():
        made = bytes([(value[0] + AGES_AHEAD) % 256])
        await cast("Any", redis.hset(key, field, made + value[1:]))
    await replica.settle(ended[90:])
    answers = await replica.admit([Ask("workspace", one.execution_id, BudgetSpec("connector")) for one in ended])
    assert {answer.verdict for answer in answers} == {Verdict.SETTLED}
