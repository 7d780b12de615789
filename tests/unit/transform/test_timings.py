"""What is remembered of the time that expressions take."""

import pytest

from connector_executor.transform.timings import BRISK_SECONDS, SLOW_SECONDS, Timings


class Hands:
    """Of a clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def timings(clock: Hands) -> Timings:
    return Timings(clock)


def test_nothing_is_known_of_a_new_expression(timings: Timings) -> None:
    assert not timings.is_known("a")
    assert not timings.is_brisk("a", 0)
    assert not timings.is_slow("a")


def test_brisk_is_meant_for_documents_of_a_size(timings: Timings) -> None:
    timings.note("a", BRISK_SECONDS / 2, 1000)
    assert timings.is_brisk("a", 1000)
    assert not timings.is_brisk("a", 1001)
    timings.note("a", BRISK_SECONDS * 2, 500)
    assert not timings.is_brisk("a", 500)


def test_slow_wears_off(timings: Timings, clock: Hands) -> None:
    timings.note("a", SLOW_SECONDS, 10)
    assert timings.is_slow("a")
    assert not timings.is_runaway("a")
    clock.seconds = 29.0
    timings.note_slow("a")
    clock.seconds = 58.0
    assert timings.is_slow("a")
    clock.seconds = 60.0
    assert not timings.is_slow("a")
    assert timings.is_known("a")


def test_a_runaway_is_remembered_longer(timings: Timings, clock: Hands) -> None:
    timings.note("a", BRISK_SECONDS, 10)
    timings.note_runaway("a")
    assert not timings.is_brisk("a", 10)
    clock.seconds = 299.0
    assert timings.is_slow("a")
    assert timings.is_runaway("a")
    clock.seconds = 301.0
    assert not timings.is_slow("a")


def test_only_so_many_expressions_are_remembered(timings: Timings) -> None:
    for number in range(5000):
        timings.note(f"a{number}", 0.0, 10)
    assert not timings.is_known("a0")
    assert timings.is_known("a4999")
