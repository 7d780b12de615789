"""A key goes to the partition that every other Kafka client chooses, or the order of a contact's results is lost."""

import random

import pytest
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.partitioner import murmur2 as of_the_library

from connectors_shared.runtime.partitioning import Partitioner, murmur2


@pytest.mark.parametrize("size", range(70))
def test_the_hash_is_that_of_the_library(size: int) -> None:
    chance = random.Random(size)
    for _ in range(20):
        data = chance.randbytes(size)
        assert murmur2(data) == of_the_library(data)


@pytest.mark.parametrize("count", [1, 12, 50])
def test_so_is_the_partition(count: int) -> None:
    partitions = list(range(count))
    for number in range(200):
        key = f"contact-{number}".encode()
        assert Partitioner()(key, partitions, []) == DefaultPartitioner()(key, partitions, [])


def test_without_a_key_an_available_partition_is_chosen() -> None:
    assert Partitioner()(None, [0, 1, 2], [2]) == 2
