"""Connectors with other limits in the budget they share: nobody starves, nobody has more than its own limit."""

import asyncio
import heapq
from dataclasses import dataclass
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from connector_executor.admission.memory import InMemoryAdmission
from connector_executor.admission.memory_store import Store
from connector_executor.admission.port import Ask, BudgetSpec, Verdict
from tests.unit.executor.admission_suite import ready
from tests.unit.executor.test_rate_after_pauses import MS, SECOND

SECONDS = 20
SLOWEST_US = 450 * MS
"""Four of them stay within the horizon: who waits has its slot, and takes its turn."""
limits = st.lists(st.sampled_from([10 * MS, 50 * MS, 100 * MS, 200 * MS, SLOWEST_US]), min_size=2, max_size=4)


@dataclass(order=True)
class Turn:
    moment: int
    connector: int
    number: int


async def calls_by_connector(intervals: list[int]) -> list[list[int]]:
    """Each connector has always one execution that asks as soon as it may; the moments of its calls."""
    now = 1_000 * SECOND
    begin = now
    calls: list[list[int]] = [[] for _ in intervals]
    admission = InMemoryAdmission(Store(lambda: now), "a", 2 * SECOND, SECOND)
    await admission.join()
    await ready(admission)
    turns = [Turn(now, connector, 0) for connector in range(len(intervals))]
    while turns[0].moment < begin + SECONDS * SECOND:
        turn = heapq.heappop(turns)
        now = max(now, turn.moment)
        budget = BudgetSpec("shared", ((intervals[turn.connector], 0),))
        ask = Ask("w", f"{turn.connector}:{turn.number}", budget, connector_id=str(turn.connector))
        [answer] = await admission.admit([ask])
        called = answer.verdict is Verdict.GO and not answer.wait_us
        if called:
            calls[turn.connector].append(now)
        heapq.heappush(turns, Turn(now + max(answer.wait_us, 1), turn.connector, turn.number + called))
    return calls


@settings(deadline=None, max_examples=25)
@given(limits)
def test_each_has_a_part_and_none_more_than_its_limit(intervals: list[int]) -> None:
    calls = asyncio.run(calls_by_connector(intervals))
    for interval, moments in zip(intervals, calls, strict=True):
        assert len(moments) >= SECONDS * SECOND // (4 * sum(intervals))
        assert all(later - earlier >= interval - 102 * MS for earlier, later in pairwise(moments))
