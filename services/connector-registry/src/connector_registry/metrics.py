"""What the registry counts. Labels are routes and outcomes only, never a tenant or an id."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from connectors_shared.http.observing import LATENCY_SECONDS, RequestMetrics


class Metrics:
    """One set per app, so that two apps in one process do not add up."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.http = RequestMetrics("connectors_registry", self.registry)
        self.executions = Counter(
            "connectors_registry_executions_total",
            "Calls whose caller waits, by what came of them: the status of the result, or why there is none.",
            ("outcome",),
            registry=self.registry,
        )
        self.oauth_requests = Counter(
            "connectors_registry_oauth_requests_total",
            "Tokens asked for, by what came of it: issued, refused (a person has to do something) or unavailable.",
            ("outcome",),
            registry=self.registry,
        )
        self.sealed_anew = Counter(
            "connectors_registry_sealed_anew_total",
            "Credentials found under a former encryption key: sealed anew, gone, looked at later, or unopenable.",
            ("outcome",),
            registry=self.registry,
        )
        self.under_former_keys = Gauge(
            "connectors_registry_credentials_under_former_keys",
            "Credentials with something sealed under a key that is not the first one; at 0 the others can be removed.",
            registry=self.registry,
        )
        self.under_unknown_keys = Gauge(
            "connectors_registry_credentials_under_unknown_keys",
            "Credentials with something sealed under a key that the registry has not got: nobody can open it.",
            registry=self.registry,
        )
        self.oauth_overdue_seconds = Gauge(
            "connectors_registry_oauth_overdue_seconds",
            "For how long the token has been due that is longest overdue; 0 when none is.",
            registry=self.registry,
        )
        self.outbox_rows = Gauge(
            "connectors_registry_outbox_rows",
            "Messages committed but not yet acknowledged by Kafka.",
            registry=self.registry,
        )
        self.outbox_age_seconds = Gauge(
            "connectors_registry_outbox_oldest_seconds",
            "Age of the oldest of them; 0 when there is none.",
            registry=self.registry,
        )
        self.outbox_set_aside = Gauge(
            "connectors_registry_outbox_set_aside_rows",
            "Messages that Kafka refuses for their size, up to 1000; their entities are not published as saved.",
            registry=self.registry,
        )
        self.published = Counter(
            "connectors_registry_messages_published_total",
            "Messages acknowledged by Kafka.",
            registry=self.registry,
        )
        self.publish_failures = Counter(
            "connectors_registry_publish_failures_total",
            "Attempts to publish that failed; each is repeated.",
            registry=self.registry,
        )
        self.publish_seconds = Histogram(
            "connectors_registry_publish_latency_seconds",
            "From the commit of a change to its acknowledgement by Kafka.",
            buckets=LATENCY_SECONDS,
            registry=self.registry,
        )
