"""The pretend API's limit is strict in every window, and what it promises holds."""

from hypothesis import given
from hypothesis import strategies as st

from connectors_local.demo.pretend_api.limiter import IETF, RETRY_AFTER, SlidingWindow

STEPS = st.lists(st.integers(0, 700), min_size=1, max_size=80)


class Ticks:
    """Time that moves when told, in milliseconds so that sums are exact."""

    def __init__(self) -> None:
        self.now_ms = 0

    def __call__(self) -> float:
        return self.now_ms / 1024


@given(steps=STEPS, limit=st.integers(1, 5))
def test_no_window_ever_holds_more_than_the_limit(steps: list[int], limit: int) -> None:
    clock, admitted = Ticks(), []
    window = SlidingWindow(clock)
    for step in steps:
        clock.now_ms += step
        if window.admit(limit).allowed:
            admitted.append(clock())
    for start in admitted:
        assert sum(start <= moment < start + 1 for moment in admitted) <= limit


@given(steps=STEPS, limit=st.integers(1, 5))
def test_a_refused_call_is_let_in_after_the_wait_it_was_told(steps: list[int], limit: int) -> None:
    clock = Ticks()
    window = SlidingWindow(clock)
    for step in steps:
        clock.now_ms += step
        verdict = window.admit(limit)
        if not verdict.allowed:
            assert 0 < verdict.wait_seconds <= 1
            clock.now_ms += round(verdict.wait_seconds * 1024)
            assert window.admit(limit).allowed


def test_a_lowered_limit_holds_at_once() -> None:
    clock = Ticks()
    window = SlidingWindow(clock)
    assert all(window.admit(4).allowed for _ in range(4))
    clock.now_ms = 1023
    assert not window.admit(2).allowed
    clock.now_ms = 1024
    assert [window.admit(2).allowed for _ in range(3)] == [True, True, False]


def test_headers_tell_when_to_come_again() -> None:
    clock = Ticks()
    window = SlidingWindow(clock)
    first, second = window.admit(1), window.admit(1)
    assert first.headers(1000.0) == {
        "X-RateLimit-Limit": "1",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": "1000",
    }
    assert second.headers(1000.2)["Retry-After"] == "1"
    assert second.headers(1000.2)["X-RateLimit-Reset"] == "1002"


def test_a_limit_of_none_at_all_refuses_everything() -> None:
    assert not SlidingWindow(Ticks()).admit(0).allowed


@given(steps=STEPS, limit=st.integers(1, 5))
def test_the_reset_is_when_one_call_more_is_free(steps: list[int], limit: int) -> None:
    clock = Ticks()
    window = SlidingWindow(clock)
    for step in steps:
        clock.now_ms += step
        verdict = window.admit(limit)
        assert 0 < verdict.reset_seconds <= 1
    clock.now_ms += round(verdict.reset_seconds * 1024)
    assert window.admit(limit).remaining >= verdict.remaining


def test_the_headers_of_the_draft_tell_quota_window_and_what_remains() -> None:
    clock = Ticks()
    window = SlidingWindow(clock)
    styles = frozenset({IETF})
    first, second = window.admit(2).headers(1000.0, styles), window.admit(2).headers(1000.0, styles)
    assert first == {"RateLimit-Policy": '"default";q=2;w=1', "RateLimit": '"default";r=1;t=1'}
    assert second["RateLimit"] == '"default";r=0;t=1'
    refused = window.admit(2)
    assert refused.headers(1000.0, frozenset({IETF, RETRY_AFTER})) == second | {"Retry-After": "1"}
    assert refused.headers(1000.0, frozenset()) == {}
