"""How long things took, as percentiles."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Latencies:
    """Percentiles by nearest rank, in milliseconds."""

    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Latencies | None":
        """None when nothing was measured."""
        ordered = sorted(seconds)
        if not ordered:
            return None
        ranks = (-(-len(ordered) * percent // 100) - 1 for percent in (50, 95, 99))
        return cls(*(ordered[rank] * 1000 for rank in ranks))
