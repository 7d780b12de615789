"""How often a workspace may ask, and how many workspaces are remembered."""

from uuid import UUID

import pytest

from connectors_shared.http.request_limits import BURST_SECONDS, Allowance, RequestLimits
from connectors_shared.runtime.clock import SystemClock

FIRST, SECOND, THIRD = (UUID(int=number) for number in range(3))
PER_MINUTE = 600
BURST = round(PER_MINUTE / 60 * BURST_SECONDS)


class StoppedClock(SystemClock):
    """Moves when it is told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def limits(clock: StoppedClock) -> RequestLimits:
    return RequestLimits(PER_MINUTE, clock, most_remembered=2)


def until_refused(limits: RequestLimits, workspace: UUID) -> int:
    taken = 0
    while limits.take(workspace) == 0.0:
        taken += 1
    return taken


def test_a_burst_passes_and_then_what_the_limit_allows(limits: RequestLimits, clock: StoppedClock) -> None:
    assert until_refused(limits, FIRST) == pytest.approx(BURST, abs=1)
    clock.seconds += 5
    assert until_refused(limits, FIRST) == pytest.approx(PER_MINUTE / 60 * 5, abs=1)


def test_who_is_refused_is_told_when_and_does_not_wait_longer_for_having_asked(
    limits: RequestLimits, clock: StoppedClock
) -> None:
    until_refused(limits, FIRST)
    wait_seconds = limits.take(FIRST)
    assert 0 < wait_seconds <= 60 / PER_MINUTE + 1e-9
    assert limits.take(FIRST) == wait_seconds
    clock.seconds += wait_seconds + 1e-6
    assert limits.take(FIRST) == 0.0


def test_workspaces_do_not_share_a_limit(limits: RequestLimits) -> None:
    until_refused(limits, FIRST)
    assert limits.take(SECOND) == 0.0


def test_of_too_many_workspaces_the_one_that_asked_longest_ago_is_forgotten(limits: RequestLimits) -> None:
    until_refused(limits, FIRST)
    until_refused(limits, SECOND)
    limits.take(THIRD)
    assert len(limits) == 2
    assert limits.take(FIRST) == 0.0
    assert limits.take(THIRD) == 0.0


@pytest.mark.parametrize("now", [0.1, 1234.56789, 44_321.987654321, 98_765_432.1])
def test_one_a_minute_is_not_refused_by_a_rounding_error(
    limits: RequestLimits, clock: StoppedClock, now: float
) -> None:
    limits.allow(FIRST, 1)
    for minute in range(50):
        clock.seconds = now + 61.7 * minute
        assert limits.take(FIRST) == 0.0
        assert limits.take(FIRST) > 50.0


@pytest.mark.parametrize(
    ("per_minute", "quota", "window_seconds"), [(6_000, 1_000, 10), (600, 100, 10), (60, 10, 10), (7, 1, 9), (1, 1, 60)]
)
def test_what_is_allowed_is_told_as_it_is(
    limits: RequestLimits, clock: StoppedClock, per_minute: int, quota: int, window_seconds: int
) -> None:
    limits.allow(FIRST, per_minute)
    assert limits.allowance(FIRST) == Allowance(quota, window_seconds, quota, 0)
    for taken in range(1, quota + 1):
        assert limits.take(FIRST) == 0.0
        assert limits.allowance(FIRST).remaining == quota - taken
    assert limits.wait_seconds(FIRST) > 0
    assert limits.allowance(FIRST) == Allowance(quota, window_seconds, 0, window_seconds)
    clock.seconds += window_seconds
    assert limits.allowance(FIRST) == Allowance(quota, window_seconds, quota, 0)


def test_to_ask_whether_one_may_go_on_counts_for_nothing(limits: RequestLimits) -> None:
    assert [limits.wait_seconds(FIRST) for _ in range(2 * BURST)] == [0.0] * 2 * BURST
