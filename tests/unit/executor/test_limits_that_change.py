"""A limit that is raised and lowered while two replicas ask: at most the new one, and no standstill."""

import asyncio
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from connector_executor.admission.memory import AT_ONCE_US, InMemoryAdmission
from connector_executor.admission.memory_store import Store
from connector_executor.admission.port import Admitted, Ask, Verdict
from tests.unit.executor.admission_suite import ready
from tests.unit.executor.test_rate_after_pauses import MS, SECOND, Window

HORIZON_US = 2 * SECOND


@dataclass(frozen=True)
class Call:
    """`change` counts the changes of the limit before it."""

    moment: int
    weight: int
    change: int
    window: Window


@dataclass(frozen=True)
class Stretch:
    """A limit, and what is asked for under it: (replica, new executions, pause in milliseconds)."""

    window: Window
    steps: list[tuple[int, int, int]]


def windows(bursts: st.SearchStrategy[int]) -> st.SearchStrategy[Window]:
    return st.builds(
        lambda limit, burst, weight: Window(limit, min(burst, limit), min(weight, limit)),
        st.integers(2, 300),
        bursts,
        st.integers(1, 4),
    )


steps = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 120), st.sampled_from([0, 1, 20, 99, 240, 900])), max_size=8
)


def stretches(bursts: st.SearchStrategy[int]) -> st.SearchStrategy[list[Stretch]]:
    return st.lists(st.builds(Stretch, windows(bursts), steps), min_size=2, max_size=5)


class Scene:
    def __init__(self) -> None:
        self.now = 1_000 * SECOND
        store = Store(lambda: self.now)
        self.replicas = [InMemoryAdmission(store, owner, HORIZON_US, SECOND) for owner in "ab"]
        self.held: list[dict[str, int]] = [{}, {}]
        self.calls: list[Call] = []
        self.asked = 0

    async def ask(self, who: int, window: Window, fresh: int, change: int) -> None:
        """For new executions, and for those whose slot has come."""
        mine = self.held[who]
        for _ in range(fresh):
            self.asked += 1
            mine[str(self.asked)] = 0
        due = [id_ for id_, slot in mine.items() if slot <= self.now]
        asks = [Ask("w", id_, window.budget()) for id_ in due]
        answers: list[Admitted] = await self.replicas[who].admit(asks)
        for id_, answer in zip(due, answers, strict=True):
            mine[id_] = self.now + answer.wait_us
            if answer.verdict is Verdict.GO and not answer.wait_us:
                self.calls.append(Call(self.now, window.weight, change, window))
                del mine[id_]


async def played(plan: Sequence[Stretch]) -> Scene:
    scene = Scene()
    for replica in scene.replicas:
        await replica.join()
        await ready(replica)
    for change, stretch in enumerate(plan):
        for who, fresh, pause_ms in stretch.steps:
            await scene.ask(who, stretch.window, fresh, change)
            scene.now += pause_ms * MS
    return scene


def units_before(calls: list[Call], last: int) -> int:
    """In the second that ends with that call."""
    moments = [call.moment for call in calls[: last + 1]]
    first = bisect_right(moments, calls[last].moment - SECOND + AT_ONCE_US)
    return sum(call.weight for call in calls[first : last + 1])


@settings(deadline=None, max_examples=25)
@given(stretches(st.integers(1, 300)))
def test_a_second_after_the_change_has_at_most_the_new_limit(plan: list[Stretch]) -> None:
    calls = asyncio.run(played(plan)).calls
    for change, stretch in enumerate(plan):
        under = [call for call in calls if call.change == change]
        for index in range(len(under)):
            assert units_before(under, index) <= stretch.window.most


@settings(deadline=None, max_examples=25)
@given(stretches(st.integers(2, 300)))
def test_with_a_burst_the_second_around_the_change_counts_too(plan: list[Stretch]) -> None:
    calls = asyncio.run(played(plan)).calls
    for index, call in enumerate(calls):
        assert units_before(calls, index) <= call.window.limit


@settings(deadline=None, max_examples=25)
@given(stretches(st.integers(1, 300)), windows(st.integers(1, 300)))
def test_whatever_the_limit_was_before_a_call_goes_within_a_second_or_two(plan: list[Stretch], last: Window) -> None:
    async def waits() -> int:
        scene = await played(plan)
        [answer] = await scene.replicas[0].admit([Ask("w", "last", last.budget())])
        return answer.wait_us

    interval = SECOND // last.limit
    reserved = HORIZON_US + interval * (last.burst - 1) + 4 * interval
    assert asyncio.run(waits()) <= max(reserved, SECOND + 100 * MS + 4 * interval)
