"""Whatever the pauses and whoever asks: in any span at most the limit is let go, and what the jitter explains."""

import asyncio
import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from connector_executor.admission.memory import AT_ONCE_US, JITTER_US, InMemoryAdmission
from connector_executor.admission.memory_store import Store
from connector_executor.admission.port import Admitted, Ask, BudgetSpec, Verdict
from tests.unit.executor.admission_suite import ready

MS = 1000
SECOND = 1_000_000


@dataclass(frozen=True)
class Window:
    limit: int
    burst: int
    weight: int

    def budget(self) -> BudgetSpec:
        interval = SECOND // self.limit
        quotas = ((self.limit, SECOND),) if self.burst > 1 else ()
        return BudgetSpec("c:1", ((interval, interval * (self.burst - 1)),), self.weight, 0, quotas)

    @property
    def most(self) -> int:
        """Units in any second. A ring is exact; without one a call may be let go that much early."""
        return self.limit if self.burst > 1 else self.limit + self.weight + math.ceil(JITTER_US * self.limit / SECOND)


windows = st.builds(
    lambda limit, burst, weight: Window(limit, min(burst, limit), min(weight, limit)),
    st.integers(1, 300),
    st.integers(1, 300),
    st.integers(1, 4),
)
steps = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 30), st.sampled_from([0, 1, 20, 99, 240, 900, 3000])), max_size=40
)


async def moments_of_calls(window: Window, plan: Sequence[tuple[int, int, int]]) -> list[int]:
    """Two replicas: in a step one of them gets new executions, asks for all whose slot has come, then pauses."""
    now, calls, number = 1_000 * SECOND, [], 0
    store = Store(lambda: now)
    replicas = [InMemoryAdmission(store, owner, 2 * SECOND, SECOND) for owner in "ab"]
    held: list[dict[str, int]] = [{}, {}]
    for replica in replicas:
        await replica.join()
        await ready(replica)
    for who, fresh, pause_ms in plan:
        mine = held[who]
        for _ in range(fresh):
            number += 1
            mine[str(number)] = 0
        due = [id_ for id_, slot in mine.items() if slot <= now]
        answers: list[Admitted] = await replicas[who].admit([Ask("w", id_, window.budget()) for id_ in due])
        for id_, answer in zip(due, answers, strict=True):
            mine[id_] = now + answer.wait_us
            if answer.verdict is Verdict.GO and not answer.wait_us:
                calls.append(now)
                del mine[id_]
        now += pause_ms * MS
    return calls


@settings(deadline=None, max_examples=100)
@given(windows, steps)
def test_no_second_has_more_calls_than_the_limit_and_the_jitter_explain(
    window: Window, plan: list[tuple[int, int, int]]
) -> None:
    calls = asyncio.run(moments_of_calls(window, plan))
    for first, moment in enumerate(calls):
        in_a_second = bisect_left(calls, moment + SECOND - AT_ONCE_US) - first
        assert in_a_second * window.weight <= window.most
