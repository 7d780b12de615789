"""Admission in a real Valkey keeps the contract of every admission."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from connector_executor.admission.port import Ask, BudgetSpec, Ended, Queueing, Subject, Tally, Verdict
from connector_executor.admission.redis import RedisAdmission
from connector_executor.admission.scripts import AdmissionUnavailableError
from connector_executor.admission.server import open_redis
from connector_executor.policies.quota import Advice
from connectors_local.ports import free_port
from tests.integration.admission.redis_deployment import RedisDeployment
from tests.unit.executor.admission_claims_suite import *  # noqa: F403
from tests.unit.executor.admission_ending_suite import *  # noqa: F403  # the shared tests, collected here
from tests.unit.executor.admission_lifting_suite import *  # noqa: F403
from tests.unit.executor.admission_limits_suite import *  # noqa: F403
from tests.unit.executor.admission_parking_suite import *  # noqa: F403
from tests.unit.executor.admission_pauses_suite import *  # noqa: F403
from tests.unit.executor.admission_recovery_suite import *  # noqa: F403
from tests.unit.executor.admission_suite import *  # noqa: F403
from tests.unit.executor.admission_suite import MS, SECOND, WORKSPACE
from tests.unit.executor.admission_upstream_suite import *  # noqa: F403


@pytest.fixture
async def deployment(valkey_url: str, key_prefix: str) -> AsyncIterator[RedisDeployment]:
    redis = open_redis(valkey_url)
    yield RedisDeployment(redis, key_prefix)
    await redis.aclose()


async def test_everything_kept_expires(deployment: RedisDeployment) -> None:
    budget = BudgetSpec("c:1", ((500 * MS, 0),), max_concurrent=2)
    admission = await deployment.replica("a")
    await admission.admit([Ask("w1", "1", budget)])
    await admission.observe("w1", budget, Advice("Retry-After: 30", 30.0))
    await admission.observe("w1", BudgetSpec("c:2"), Advice("Retry-After: 30", 30.0))
    await admission.settle([Ended("w1", "2")])
    await admission.report([(Subject("w1", "c", "k:1@host"), Tally(failing=1, failed=1))])
    await admission.mark_backlog([Subject("w1", "c", "", BudgetSpec("c:3"))], True)
    await admission.admit([Ask("w1", "3", budget, connector_id="c", queueing=Queueing.PARKS) for _ in range(9)])
    keys = await deployment.keys()
    assert len(keys) == 9
    assert all([await deployment.redis.pttl(key) > 30_000 for key in keys])


async def test_all_keys_of_a_workspace_share_a_hash_tag(deployment: RedisDeployment) -> None:
    budget = BudgetSpec("c:1", ((500 * MS, 0),), max_concurrent=2)
    await (await deployment.replica("a")).admit([Ask("w1", "1", budget)])
    keys = await deployment.keys()
    assert len(keys) == 3
    assert all(b"{w1}" in key for key in keys)


async def test_replicas_asking_at_once_never_share_a_slot(deployment: RedisDeployment) -> None:
    budget = BudgetSpec("c:1", ((20 * MS, 0),))
    replicas = [await deployment.replica(f"replica-{number}") for number in range(4)]
    started_us = await deployment.now_us()
    batches = await asyncio.gather(
        *(
            replica.admit([Ask("w1", f"{number}-{index}", budget) for index in range(10)])
            for number, replica in enumerate(replicas)
        )
    )
    answers = [answer for batch in batches for answer in batch]
    assert all(answer.verdict is Verdict.GO for answer in answers)
    elapsed_us = await deployment.now_us() - started_us
    assert max(answer.wait_us for answer in answers) >= 39 * 20 * MS - elapsed_us


async def test_a_script_unknown_to_the_server_is_loaded_again(deployment: RedisDeployment) -> None:
    admission = await deployment.replica("a")
    ask = Ask("w1", "1", BudgetSpec("c:1"))
    await admission.admit([ask])
    await cast("Any", deployment.redis.script_flush())
    assert (await admission.admit([ask]))[0].verdict is Verdict.GO


async def test_a_server_that_is_away_is_a_connection_error() -> None:
    redis = open_redis(f"redis://127.0.0.1:{free_port()}/0")
    admission = RedisAdmission(redis, "a")
    with pytest.raises(AdmissionUnavailableError):
        await admission.admit([Ask("w1", "1", BudgetSpec("c:1"))])
    with pytest.raises(AdmissionUnavailableError):
        await admission.look()
    await redis.aclose()


async def test_a_call_that_weighs_more_than_a_ring_holds_leaves_one_round_of_marks(deployment: RedisDeployment) -> None:
    """Who has no rate is noted where others left a ring, whatever it weighs."""
    admission = await deployment.replica("a")
    limited = BudgetSpec("c:1", ((SECOND, SECOND),), quotas=((2, SECOND),))
    heavy = BudgetSpec("c:1", weight=1_000_000)
    answers = await admission.admit([Ask(WORKSPACE, "1", limited), Ask(WORKSPACE, "2", heavy)])
    assert [answer.wait_us for answer in answers] == [0, 0]
    [refused] = await admission.admit([Ask(WORKSPACE, "3", limited)])
    assert refused.wait_us > 0
