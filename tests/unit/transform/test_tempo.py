"""What is remembered of the time that expressions take."""

import pytest

from connector_executor.transform.tempo import BRISK_SECONDS, SLOW_SECONDS, Tempo


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
def tempo(clock: Hands) -> Tempo:
    return Tempo(clock)


def test_nothing_is_known_of_a_new_expression(tempo: Tempo) -> None:
    assert not tempo.is_known("a")
    assert not tempo.is_brisk("a", 0)
    assert not tempo.is_slow("a")


def test_brisk_is_meant_for_documents_of_a_size(tempo: Tempo) -> None:
    tempo.note("a", BRISK_SECONDS / 2, 1000)
    assert tempo.is_brisk("a", 1000)
    assert not tempo.is_brisk("a", 1001)
    tempo.note("a", BRISK_SECONDS * 2, 500)
    assert not tempo.is_brisk("a", 500)


def test_slow_wears_off(tempo: Tempo, clock: Hands) -> None:
    tempo.note("a", SLOW_SECONDS, 10)
    assert tempo.is_slow("a")
    assert not tempo.is_runaway("a")
    clock.seconds = 29.0
    tempo.note_slow("a")
    clock.seconds = 58.0
    assert tempo.is_slow("a")
    clock.seconds = 60.0
    assert not tempo.is_slow("a")
    assert tempo.is_known("a")


def test_a_runaway_is_remembered_longer(tempo: Tempo, clock: Hands) -> None:
    tempo.note("a", BRISK_SECONDS, 10)
    tempo.note_runaway("a")
    assert not tempo.is_brisk("a", 10)
    clock.seconds = 299.0
    assert tempo.is_slow("a")
    assert tempo.is_runaway("a")
    clock.seconds = 301.0
    assert not tempo.is_slow("a")


def test_only_so_many_expressions_are_remembered(tempo: Tempo) -> None:
    for number in range(5000):
        tempo.note(f"a{number}", 0.0, 10)
    assert not tempo.is_known("a0")
    assert tempo.is_known("a4999")
