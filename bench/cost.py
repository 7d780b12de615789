"""What one execution costs in steady state, from two readings during a run at full speed."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import psutil

from bench.measured import Reading, cpu_between


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU microseconds per execution: of the processes under the clock, and of each beside them.

    `cores_busy` of the machine's were at work; `cores_elsewhere` of them for nobody of ours.
    """

    cpu_us: float
    per_second: float
    beside_us: dict[str, float]
    cores_busy: float
    cores_elsewhere: float

    @staticmethod
    def between(before: Reading, after: Reading) -> "Cost":
        count, seconds = after.finished - before.finished, after.moment - before.moment
        beside = {name: cpu_between(times, after.beside.get(name, {})) for name, times in before.beside.items()}
        busy = after.machine - before.machine
        elsewhere = max(0.0, busy - (after.ours - before.ours))
        return Cost(
            cpu_us=cpu_between(before.subjects, after.subjects) / count * 1e6,
            per_second=count / seconds,
            beside_us={name: cpu / count * 1e6 for name, cpu in beside.items()},
            cores_busy=busy / seconds,
            cores_elsewhere=elsewhere / seconds,
        )

    def __str__(self) -> str:
        beside = ", ".join(f"{name} {cpu:.0f}" for name, cpu in self.beside_us.items())
        elsewhere = f", {self.cores_elsewhere:.2f} of them elsewhere" if self.cores_elsewhere > 0.1 else ""
        return (
            f"{self.cpu_us:6.0f} µs CPU, {self.per_second:6.0f}/s"
            f"  ({self.cores_busy:.1f} of {psutil.cpu_count()} cores busy{elsewhere}; beside it, µs: {beside})"
        )


def typical(costs: Sequence[Cost]) -> Cost:
    """The one with the median CPU."""
    return sorted(costs, key=lambda cost: cost.cpu_us)[len(costs) // 2]


def ratio(ours: Sequence[Cost], theirs: Sequence[Cost]) -> float:
    """Of CPU per execution: the median over pairs that ran after each other."""
    return median(mine.cpu_us / other.cpu_us for mine, other in zip(ours, theirs, strict=True))


def spread(ours: Sequence[Cost], theirs: Sequence[Cost]) -> str:
    ratios = sorted(mine.cpu_us / other.cpu_us for mine, other in zip(ours, theirs, strict=True))
    return f"from {ratios[0]:.2f} to {ratios[-1]:.2f} over {len(ratios)} rounds"
