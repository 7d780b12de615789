"""Prometheus metrics of the history, all `connectors_history_…`; no label names a tenant, a connector or a flow."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from connector_registry.history.recording.lines import Line
from connectors_shared.contract.execution import ResultStatus, Trigger
from connectors_shared.contract.failure import FailureType

PREFIX = "connectors_history"
TRIGGERS = frozenset(trigger.value for trigger in Trigger)
FAILURES = frozenset(failure.value for failure in FailureType)
OTHER = "other"
SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30, 60, 300)
"""Three of them is the goal of the average."""


class HistoryMetrics:
    """One set per process, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.records = Counter(
            f"{PREFIX}_records", "Records taken, by what became of them.", ["outcome"], registry=self.registry
        )
        self.executions = Counter(
            f"{PREFIX}_executions", "Executions, by how they ended.", ["status", "trigger"], registry=self.registry
        )
        self.failures = Counter(
            f"{PREFIX}_failures", "Executions that did not succeed, by cause.", ["type"], registry=self.registry
        )
        self.execution_seconds = Histogram(
            f"{PREFIX}_execution_seconds",
            "How long executions took that were not skipped.",
            registry=self.registry,
            buckets=SECONDS,
        )
        self.batch_seconds = Histogram(
            f"{PREFIX}_batch_seconds", "From a batch to its committed offsets.", registry=self.registry
        )
        self.lag_records = Gauge(
            f"{PREFIX}_lag_records", "Records behind the end.", ["topic", "partition"], registry=self.registry
        )

    def count(self, lines: Iterable[Line]) -> None:
        """Of executions that are new. Words that this version does not know are one."""
        for line in lines:
            trigger = line.trigger if line.trigger in TRIGGERS else OTHER
            self.executions.labels(line.status, trigger).inc()
            if line.error_type is not None:
                self.failures.labels(line.error_type if line.error_type in FAILURES else OTHER).inc()
            if line.status != ResultStatus.SKIPPED:
                self.execution_seconds.observe(line.execution_time_ms / 1000)
