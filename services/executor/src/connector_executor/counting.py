"""Counters and histograms of what happens with every execution: plain numbers, in Prometheus' form when asked for.

prometheus_client takes a lock and several checks for each step, which costs ten times the addition.
"""

import time
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import INF, floatToGoString

NO_LABELS: Final[dict[str, str]] = {}


class ByLabel(Collector):
    """A counter with one label. Only for one thread."""

    def __init__(self, name: str, documentation: str, label: str, registry: CollectorRegistry) -> None:
        self._name, self._documentation, self._label = name, documentation, label
        self._counts: dict[str, int] = {}
        self._created: dict[str, float] = {}
        registry.register(self)

    def inc(self, value: str) -> None:
        if value not in self._counts:
            self._counts[value], self._created[value] = 0, time.time()
        self._counts[value] += 1

    def collect(self) -> Iterable[Metric]:
        family = CounterMetricFamily(self._name, self._documentation, labels=[self._label])
        for value, count in self._counts.items():
            family.add_metric([value], count, created=self._created[value])
        return [family]


class Durations(Collector):
    """A histogram of seconds; `buckets` are upper bounds, ascending. Only for one thread."""

    def __init__(self, name: str, documentation: str, buckets: Sequence[float], registry: CollectorRegistry) -> None:
        self._name, self._documentation, self._bounds = name, documentation, tuple(buckets)
        self._counts = [0] * (len(buckets) + 1)
        self._sum = 0.0
        self._created = time.time()
        registry.register(self)

    def observe(self, seconds: float) -> None:
        self._counts[bisect_left(self._bounds, seconds)] += 1
        self._sum += seconds

    def collect(self) -> Iterable[Metric]:
        family = HistogramMetricFamily(self._name, self._documentation)
        below, buckets = 0, []
        for bound, count in zip((*self._bounds, INF), self._counts, strict=True):
            below += count
            buckets.append((floatToGoString(bound), float(below)))  # type: ignore[no-untyped-call]
        family.add_metric([], buckets, self._sum)
        family.add_sample(self._name + "_created", NO_LABELS, self._created)
        return [family]
