"""The store did what it was asked, but its answer is lost and it is asked again."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from connector_executor.admission.port import Ask, BudgetSpec, Verdict
from connector_executor.admission.redis import RedisAdmission
from connector_executor.admission.server import open_redis
from tests.failure.bench import eventually
from tests.unit.executor.admission_suite import ready

UNREPEATABLE = Ask("workspace", "execution", BudgetSpec("connector"))


@pytest.fixture
async def redis(valkey_url: str) -> AsyncIterator[Redis]:
    redis = open_redis(valkey_url)
    yield redis
    await redis.aclose()


async def test_asking_again_about_a_call_of_a_dead_executor_never_becomes_leave_to_call(
    redis: Redis, key_prefix: str
) -> None:
    dead = RedisAdmission(redis, "dead", lease_seconds=0.1, prefix=key_prefix)
    heir = RedisAdmission(redis, "heir", lease_seconds=0.1, prefix=key_prefix)
    await dead.join()
    await heir.join()
    await ready(heir)
    [claimed] = await dead.admit([UNREPEATABLE])
    assert claimed.verdict is Verdict.GO

    async def lease_over() -> bool:
        [answer] = await heir.admit([UNREPEATABLE])
        return answer.verdict is not Verdict.RUNNING

    await eventually(lease_over, "the lease of the dead executor ends")
    [again] = await heir.admit([UNREPEATABLE])
    assert again.verdict is Verdict.UNKNOWN
