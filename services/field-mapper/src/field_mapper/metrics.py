"""Prometheus metrics, all `connectors_field_mapper_…`; no label names a tenant or a contact."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from connectors_shared.http.observing import RequestMetrics

PREFIX = "connectors_field_mapper"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class MapperMetrics:
    """One set per process, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.http = RequestMetrics(PREFIX, self.registry)
        self.results = Counter(
            f"{PREFIX}_results", "Results taken, by what became of them.", ["outcome"], registry=self.registry
        )
        self.refused_values = Counter(
            f"{PREFIX}_refused_values", "Values not written, by class.", ["reason"], registry=self.registry
        )
        self.dead_letters = Counter(
            f"{PREFIX}_dead_letters", "Results set aside, by reason.", ["reason"], registry=self.registry
        )
        self.retries = Counter(
            f"{PREFIX}_retries", "Steps of a batch repeated after a fault.", ["step"], registry=self.registry
        )
        self.batch_seconds = Histogram(
            f"{PREFIX}_batch_seconds",
            "From a batch's arrival to its committed offsets.",
            registry=self.registry,
            buckets=SECONDS,
        )
        self.batch_records = Histogram(
            f"{PREFIX}_batch_records",
            "Records in a batch.",
            registry=self.registry,
            buckets=(1, 5, 20, 50, 100, 200, 500, 1000, 5000),
        )
        self.lag_records = Gauge(
            f"{PREFIX}_lag_records", "Records behind the end.", ["partition"], registry=self.registry
        )
