"""How long each part measures."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effort:
    """`rounds` of each side, alternating; the median counts. Seconds are of steady state, warm-up not counted."""

    rounds: int = 3
    messages: int = 20_000
    connectors: int = 100_000
    parked: int = 1_000_000
    latency_seconds: float = 60.0
    latency_rounds: int = 3
    path_seconds: float = 60.0
    request_seconds: float = 20.0
    low_seconds: float = 40.0
    neighbour_seconds: float = 60.0
    neighbour_rounds: int = 2
    rate_seconds: float = 60.0
    lowered_seconds: float = 20.0
    backlog: int = 150_000
    executions: int = 10_000_000
    """In the lists of the history."""
    contacts: int = 1_000_000
    """In the lists of contacts."""


FULL = Effort()
QUICK = Effort(
    rounds=1,
    messages=8_000,
    latency_seconds=15.0,
    latency_rounds=1,
    path_seconds=20.0,
    request_seconds=8.0,
    low_seconds=15.0,
    neighbour_seconds=15.0,
    neighbour_rounds=1,
    rate_seconds=20.0,
    lowered_seconds=10.0,
    backlog=30_000,
    executions=1_000_000,
    contacts=200_000,
)
