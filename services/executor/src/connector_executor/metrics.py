"""What the executor counts. Names and units as Prometheus asks: seconds, bytes, totals."""

from prometheus_client import CollectorRegistry, Counter, Gauge

from connector_executor.counting import ByLabel, Durations

LATENCY_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)


class ExecutorMetrics:
    """One set per process, on a registry of its own."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        prefix = "connectors_executor_"
        self.received = Counter(prefix + "records", "Records taken from connector.execute.", registry=registry)
        self.attempts = ByLabel(prefix + "attempts", "Calls of an upstream, by outcome.", "outcome", registry)
        self.results = ByLabel(prefix + "results", "Results acknowledged by Kafka, by outcome.", "outcome", registry)
        self.dead = ByLabel(prefix + "dead_letters", "Dead letters, by reason.", "reason", registry)
        self.replayed = Counter(
            prefix + "dead_letters_replayed",
            "Dead letters put back to where they came from.",
            ["kind"],
            registry=registry,
        )
        self.repeats = ByLabel(
            prefix + "repeats",
            "Repeated messages: republished, dropped, recalled for a caller, or waited for.",
            "kind",
            registry,
        )
        self.upstream_seconds = Durations(prefix + "upstream_seconds", "Time of one call.", LATENCY_BUCKETS, registry)
        self.execution_seconds = Durations(
            prefix + "execution_seconds",
            "From taking the record to the acknowledged result.",
            LATENCY_BUCKETS,
            registry,
        )
        self.in_flight = Gauge(prefix + "in_flight", "Calls under way.", registry=registry)
        self.queued = Gauge(prefix + "queued", "Executions waiting in the queues of connectors.", registry=registry)
        self.window = Gauge(
            prefix + "window_records", "Unfinished records of a partition.", ["partition"], registry=registry
        )
        self.waiting_bytes = Gauge(
            prefix + "waiting_bytes", "What unfinished records take in memory.", registry=registry
        )
        self.answer_bytes = Gauge(
            prefix + "answer_bytes", "What bodies of answers take that are read or worked on.", registry=registry
        )
        self.outbox_bytes = Gauge(
            prefix + "outbox_bytes", "What results and dead letters take that wait for Kafka.", registry=registry
        )
        self.committed = Gauge(prefix + "committed_offset", "Last committed offset.", ["partition"], registry=registry)
        self.paused = Gauge(prefix + "paused_partitions", "Partitions paused at their cap.", registry=registry)
        self.connectors = Gauge(prefix + "connectors", "Connectors in the table.", registry=registry)
        self.config_outdated = Counter(
            prefix + "config_outdated",
            "Facts about connectors that were ignored: something else is known under the same or a higher revision.",
            registry=registry,
        )
        self.admission_up = Gauge(
            prefix + "admission_up", "1 while Redis answers; intake pauses at 0.", registry=registry
        )
        self.admission_up.set(1)
        self.store_losses = Counter(
            prefix + "store_losses", "Times that Redis was found without its memory.", registry=registry
        )
        self.part_up = Gauge(
            prefix + "store_part_up", "1 while this part of Redis answers.", ["part"], registry=registry
        )
        self.part_ready = Gauge(
            prefix + "store_part_ready",
            "1 while this part of Redis knows what has ended, and writes of its workspaces start.",
            ["part"],
            registry=registry,
        )
        self.recovering = Gauge(
            prefix + "recovering",
            "1 while Redis, or a part of it, does not know yet what has ended, and its writes wait.",
            registry=registry,
        )
        self.parked = Counter(
            prefix + "parked", "Executions put into the backlog, by reason.", ["reason"], registry=registry
        )
        self.health_changes = Counter(
            prefix + "health_changes", "Connectors that became unhealthy or healthy.", ["to"], registry=registry
        )
        self.backlogged = Gauge(
            prefix + "backlogged_connectors", "Connectors with a backlog, by its reason.", ["reason"], registry=registry
        )
        self.backlog = Gauge(
            prefix + "backlog_executions",
            "Parked executions, by the reason of the backlog.",
            ["reason"],
            registry=registry,
        )
        self.backlog_overdue = Gauge(
            prefix + "backlog_overdue_seconds",
            "How long the most overdue backlog has waited for a replica.",
            registry=registry,
        )
        self.parking_up = Gauge(
            prefix + "parking_up", "1 while Postgres takes what has to be parked.", registry=registry
        )
        self.parking_up.set(1)
