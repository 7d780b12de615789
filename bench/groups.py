"""A large group of executors, simulated: the assignor that they use, on members and partitions that only it sees.

What one that leaves, or joins, moves to others, how uneven the parts are, and what the leader computes meanwhile: an
eager group stands still for all of it.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import TopicPartition
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor

from bench.effort import Effort
from bench.figures import Figure
from bench.servers import Servers

PART = "groups"
TOPIC = "connector.execute"
SIZES = ((10, 64), (100, 64), (100, 256))
"""Executors and partitions."""
Parts = dict[str, set[int]]


@dataclass(frozen=True, slots=True)
class Cluster:
    """As much of the metadata as an assignor asks for."""

    partitions: int

    def topics(self) -> set[str]:
        return {TOPIC}

    def partitions_for_topic(self, _topic: str) -> set[int]:
        return set(range(self.partitions))


async def measure(_servers: Servers, _effort: Effort, _figures: Sequence[Figure]) -> list[Figure]:
    return [figure for executors, partitions in SIZES for figure in _simulate(executors, partitions)]


def _simulate(executors: int, partitions: int) -> list[Figure]:
    cluster, size = Cluster(partitions), f"{executors} executors, {partitions} partitions"
    parts, _ = _assigned(cluster, {f"executor-{number:03}": set() for number in range(executors)}, 1)
    counts = sorted(map(len, parts.values()))
    gone = next(name for name, part in parts.items() if part)
    without, left_seconds = _assigned(cluster, {name: part for name, part in parts.items() if name != gone}, 2)
    again, _ = _assigned(cluster, {**without, gone: set()}, 3)
    return [
        Figure(PART, f"{size}: of them idle", float(counts.count(0)), "", note=f"others have {counts[-1]} at most"),
        Figure(PART, f"{size}: partitions that move when one leaves", float(_moved(parts, without)), ""),
        Figure(PART, f"{size}: and when it comes back", float(_moved(without, again)), ""),
        Figure(PART, f"{size}: the leader's computation", left_seconds * 1e3, "ms"),
    ]


def _assigned(cluster: Any, parts: Mapping[str, set[int]], generation: int) -> tuple[Parts, float]:
    """The parts after a rebalance of members that had these, and how long the leader took."""
    members = {
        name: StickyPartitionAssignor._metadata([TOPIC], [TopicPartition(TOPIC, number) for number in part], generation)
        for name, part in parts.items()
    }
    began = time.perf_counter()
    found = StickyPartitionAssignor.assign(cluster, members)
    took = time.perf_counter() - began
    return {name: {n for _, numbers in one.assignment for n in numbers} for name, one in found.items()}, took


def _moved(before: Parts, after: Parts) -> int:
    return sum(len(part - before.get(name, set())) for name, part in after.items())
