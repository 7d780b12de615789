"""Budgets and advice of any size, through the real scripts: every answer is a verdict and a wait that has an end."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict
from redis.asyncio import Redis

from connector_executor.admission.port import Ask, BudgetSpec, Subject
from connector_executor.admission.redis import RedisAdmission
from connector_executor.admission.server import open_redis
from connector_executor.policies.quota import Advice, advise
from connector_executor.policies.retry import MAX_RETRY_AFTER_SECONDS
from tests.unit.executor.a_connector import a_plan
from tests.unit.executor.admission_suite import ready
from tests.unit.executor.hostile import HEADER_VALUES
from tests.unit.executor.test_hostile_answers import NAMES
from tests.unit.executor.test_hostile_definitions import WINDOWS

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
LIMITS = st.fixed_dictionaries(
    {"windows": st.lists(WINDOWS, max_size=3), "weight": st.integers(1, 1000)},
    optional={"maxConcurrent": st.integers(1, 10_000)},
).filter(lambda limit: all(window["limit"] >= limit["weight"] for window in limit["windows"]))
SECONDS = st.sampled_from(
    [-1.0, 0.0, 1e-30, 1e-6, 1.0, MAX_RETRY_AFTER_SECONDS, 1e12, 1e300, float("inf"), float("nan")]
)
ADVICE = st.builds(Advice, st.text(max_size=60), SECONDS, SECONDS, SECONDS) | st.builds(
    lambda headers, refused: advise(CIMultiDict(headers), NOW, refused, [(60, 60.0)]),
    st.dictionaries(st.sampled_from(NAMES), HEADER_VALUES, max_size=4),
    st.booleans(),
)
MOST_WAIT_SECONDS = 400 * 86_400.0 * 1000
"""A learned interval of a year, and a call that weighs as much as it may, now or before."""
FRESH = count()


@pytest.fixture
async def redis(valkey_url: str) -> AsyncIterator[Redis]:
    redis = open_redis(valkey_url)
    yield redis
    await redis.aclose()


def budget_of(limit: dict[str, Any], key: str) -> BudgetSpec:
    found = a_plan(rateLimit=limit).budget
    return BudgetSpec(key, found.windows, found.weight, found.max_concurrent, found.quotas)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(LIMITS | ADVICE, min_size=1, max_size=6))
@example(steps=[{"windows": [{"limit": 1_000_000, "seconds": 0.4, "burst": 1}], "weight": 1}] * 2)
@example(steps=[{"windows": [{"limit": 1_000_000, "seconds": 5e-324, "burst": 100_000}], "weight": 1}] * 3)
@example(steps=[{"windows": [{"limit": 100_000, "seconds": 86_400.0, "burst": 100_000}], "weight": 1000}] * 3)
@example(steps=[Advice("x", float("inf"), float("inf"), float("inf")), {"windows": [], "weight": 1}])
@example(steps=[Advice("x", 0.0, float("nan"), float("nan")), {"windows": [], "weight": 1}])
async def test_whatever_is_asked_and_observed_the_answer_can_be_waited_for(
    redis: Redis, key_prefix: str, steps: list[Any]
) -> None:
    admission = RedisAdmission(redis, "a", prefix=key_prefix)
    await admission.join()
    await ready(admission)
    key = f"c:{next(FRESH)}"
    budget = BudgetSpec(key)
    for step in steps:
        if isinstance(step, dict):
            budget = budget_of(step, key)
            asks = [Ask("w", f"{key}-{next(FRESH)}", budget, connector_id="c", breaker=key) for _ in range(3)]
            for answer in await admission.admit(asks):
                assert 0 <= answer.wait_us <= MOST_WAIT_SECONDS * 1e6
        elif step is not None:
            await admission.observe("w", budget, step)
        limits = await admission.limits(Subject("w", "c", key, budget))
        assert 0 <= limits.slot_seconds <= MOST_WAIT_SECONDS
        assert 0 <= limits.hold_seconds <= MOST_WAIT_SECONDS
    stored = await redis.hgetall(f"{key_prefix}:{{w}}:b:{key}")  # type: ignore[misc]
    words = (b"source", b"o:c")  # the latter: several intervals, or none
    numbers = [value for name, value in stored.items() if not name.endswith(words)]
    assert not [value for value in numbers if value.strip(b"-") in (b"nan", b"inf", b"")]
