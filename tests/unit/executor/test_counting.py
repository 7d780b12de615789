"""What we count ourselves looks like what prometheus_client counts."""

import re

import pytest
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from connector_executor.counting import ByLabel, Durations

SECONDS = (0.0, 0.004, 0.005, 0.0051, 0.1, 7.0, 60.0, 61.0)
BUCKETS = (0.005, 0.1, 1.0, 60.0)


def shown(registry: CollectorRegistry) -> str:
    """Without the moments at which series began."""
    return re.sub(r"(_created\S*) .*", r"\1", generate_latest(registry).decode())


@pytest.mark.parametrize("outcomes", [(), ("success",), ("success", 'a "b"\n', "success")])
def test_a_counter_by_label(outcomes: tuple[str, ...]) -> None:
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    own, other = ByLabel("calls", "Calls.", "outcome", ours), Counter("calls", "Calls.", ["outcome"], registry=theirs)
    for outcome in outcomes:
        own.inc(outcome)
        other.labels(outcome).inc()
    assert shown(ours) == shown(theirs)


@pytest.mark.parametrize("seconds", [(), SECONDS])
def test_a_histogram(seconds: tuple[float, ...]) -> None:
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    own, other = (
        Durations("t_seconds", "T.", BUCKETS, ours),
        Histogram("t_seconds", "T.", buckets=BUCKETS, registry=theirs),
    )
    for observed in seconds:
        own.observe(observed)
        other.observe(observed)
    assert shown(ours) == shown(theirs)


def test_a_name_is_taken_once() -> None:
    registry = CollectorRegistry(auto_describe=True)
    ByLabel("calls", "Calls.", "outcome", registry)
    with pytest.raises(ValueError, match="Duplicated"):
        Durations("calls", "Calls.", BUCKETS, registry)
