"""What is to be seen at one moment: a row per part, the offsets, and what the healthy ones notice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from connectors_local.demo.latencies import Latencies
from connectors_local.limits.cast import NOISY, Connector, Part
from connectors_local.limits.offsets import PartitionOffsets
from connectors_local.limits.tally import Counts
from connectors_shared.contract.status import ConnectorStatus


@dataclass(frozen=True, slots=True)
class Row:
    """One part, all of its connectors together. Latencies are of interest for the healthy ones only."""

    label: str
    in_flight: int
    waiting: int
    parked: int
    next_slot: datetime | None
    counts: Counts
    latencies: Latencies | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """One look at everything."""

    elapsed_seconds: float
    scene: str
    rows: Mapping[Part, Row]
    partitions: Sequence[PartitionOffsets]
    baseline: Latencies | None
    recent: Latencies | None
    statuses: Mapping[UUID, ConnectorStatus]

    @property
    def lag(self) -> int:
        return sum(each.lag for each in self.partitions)

    @property
    def quiet(self) -> bool:
        """Nothing of the cast runs or waits."""
        return not any(row.in_flight or row.waiting or row.parked for row in self.rows.values())


def ratio(baseline: Latencies | None, now: Latencies | None) -> float | None:
    """How many times the p99 of the baseline it is now."""
    return now.p99 / baseline.p99 if baseline and now and baseline.p99 else None


def rows_of(
    cast: Sequence[Connector],
    statuses: Mapping[UUID, ConnectorStatus],
    counts: Mapping[Part, Counts],
    healthy_latencies: Latencies | None,
) -> dict[Part, Row]:
    healthy = sum(connector.part is Part.HEALTHY for connector in cast)
    labels = {Part.HEALTHY: f"{healthy} healthy"} | {part: part.value for part in NOISY}
    return {
        part: _row(
            label,
            [statuses[connector.id] for connector in cast if connector.part is part],
            counts[part],
            healthy_latencies if part is Part.HEALTHY else None,
        )
        for part, label in labels.items()
    }


def _row(label: str, statuses: Sequence[ConnectorStatus], counts: Counts, latencies: Latencies | None) -> Row:
    slots = [status.parked.next_slot for status in statuses if status.parked.next_slot is not None]
    return Row(
        label,
        in_flight=sum(status.in_flight for status in statuses),
        waiting=sum(status.waiting for status in statuses),
        parked=sum(status.parked.count for status in statuses),
        next_slot=min(slots, default=None),
        counts=counts,
        latencies=latencies,
    )
