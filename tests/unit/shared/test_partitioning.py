"""A key's partition is the one that every other Kafka client computes."""

import pytest
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.partitioner import murmur2 as theirs
from hypothesis import given
from hypothesis import strategies as st

from connectors_shared.runtime.partitioning import murmur2, partition_of


@given(data=st.binary(max_size=64))
def test_the_hash_is_that_of_kafka(data: bytes) -> None:
    assert murmur2(data) == theirs(data)


@given(key=st.binary(max_size=40), count=st.integers(1, 50))
def test_a_key_goes_where_it_always_went(key: bytes, count: int) -> None:
    partitions = list(range(count))
    assert partition_of(key, partitions, [0]) == DefaultPartitioner()(key, partitions, [0])


@pytest.mark.parametrize(("available", "possible"), [([2], {2}), ([], {0, 1, 2})])
def test_without_a_key_any_available_partition_will_do(available: list[int], possible: set[int]) -> None:
    assert {partition_of(None, [0, 1, 2], available) for _ in range(50)} <= possible
