"""Percentiles are values that were measured."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from connectors_local.demo.latencies import Latencies


def test_nothing_measured_has_no_percentiles() -> None:
    assert Latencies.of([]) is None


def test_percentiles_are_by_nearest_rank_in_milliseconds() -> None:
    assert Latencies.of([number / 1000 for number in range(1, 101)]) == Latencies(50.0, 95.0, 99.0)


@given(st.lists(st.floats(min_value=0, max_value=1000), min_size=1))
def test_percentiles_are_measured_values_in_order(seconds: list[float]) -> None:
    found = Latencies.of(seconds)
    assert found is not None
    values = (found.p50, found.p95, found.p99)
    assert all(value in {second * 1000 for second in seconds} for value in values)
    assert all(low <= high for low, high in pairwise(values))
