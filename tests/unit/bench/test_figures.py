"""What is made of measurements: ratios over pairs, their extent, curves, and what a bound says of them."""

import pytest

from bench.cost import Cost, against, growth
from bench.figures import Figure, Point, at_least, at_most, value_of


def costing(*microseconds: float) -> list[Cost]:
    return [Cost(cpu, 1_000.0, {}, 1.0, 0.0) for cpu in microseconds]


def test_a_ratio_is_the_median_over_pairs_that_ran_after_each_other() -> None:
    figure = against("hot", "ours", costing(100, 300, 90), costing(200, 300, 100), at_most(0.95))
    assert figure.value == 0.9
    assert figure.extent == (0.5, 1.0)
    assert figure.verdict() == "met"


def test_what_grows_is_compared_with_the_least_of_it() -> None:
    least, middle, most = growth("scale", "connectors", {1_000: costing(150), 1: costing(100), 100_000: costing(180)})
    assert [figure.point for figure in (least, middle, most)] == [
        Point("connectors", 1),
        Point("connectors", 1_000),
        Point("connectors", 100_000),
    ]
    assert [figure.value for figure in (least, middle, most)] == [1.0, 1.5, 1.8]
    assert most.name == "CPU per execution with 100,000 connectors against 1"


@pytest.mark.parametrize(
    ("value", "verdict"),
    [(1.2, "met"), (1.5, "missed by 0.3 x (25%)"), (None, "not measured"), (float("nan"), "not measured")],
)
def test_a_bound_tells_by_how_much_it_is_missed(value: float | None, verdict: str) -> None:
    assert Figure("low", "ours", value, "x", at_most(1.2)).verdict() == verdict


def test_at_least_is_missed_from_below() -> None:
    assert Figure("path", "share", 0.5, "x", at_least(1.0)).verdict() == "missed by 0.5 x (50%)"
    assert Figure("path", "share", 1.0, "x", at_least(1.0)).verdict() == "met"


def test_a_value_is_found_by_its_part_and_name() -> None:
    figures = [Figure("hot", "a", 1.0, "x"), Figure("low", "a", 2.0, "x")]
    assert value_of(figures, "low", "a") == 2.0
    assert value_of(figures, "low", "b") is None


def test_what_was_not_answered_has_no_extent_either() -> None:
    figure = Figure("registry", "p99", float("inf"), "ms", at_most(20), extent=(4.0, float("inf")))
    assert figure.value is None
    assert figure.extent is None
