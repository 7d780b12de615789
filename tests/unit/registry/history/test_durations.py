"""Buckets hold what they say, follow each other without a gap, and percentiles are close to the real ones."""

import random

import pytest

from connector_registry.history.durations import MOST_MS, bounds_of, bucket_of, counted, percentile


def test_buckets_follow_each_other_up_to_the_longest() -> None:
    end = 0
    for bucket in range(bucket_of(MOST_MS) + 1):
        least, following = bounds_of(bucket)
        assert (least, bucket_of(least), bucket_of(following - 1)) == (end, bucket, bucket)
        assert following - least <= max(1, least / 8)
        end = following
    assert end == MOST_MS + 1


def test_what_is_out_of_bounds_is_counted_at_the_end() -> None:
    assert bucket_of(10**15) == bucket_of(MOST_MS)
    assert bucket_of(-5) == 0


@pytest.mark.parametrize("percent", [50, 95, 99])
def test_a_percentile_is_within_an_eighth(percent: int) -> None:
    chance = random.Random(percent)
    times = sorted(int(chance.lognormvariate(6, 1.5)) for _ in range(5000))
    buckets: dict[int, int] = {}
    for time in times:
        buckets[bucket_of(time)] = buckets.get(bucket_of(time), 0) + 1
    found, real = percentile(counted(buckets), percent), times[len(times) * percent // 100 - 1]
    assert found is not None
    assert abs(found - real) <= real / 8


def test_of_nothing_there_is_none_and_of_one_it_is_that() -> None:
    assert percentile([], 50) is None
    assert percentile(counted({bucket_of(7): 3}), 99) == 7
