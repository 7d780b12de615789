"""What one execution costs in steady state, from two readings during a run at full speed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import psutil

from bench.figures import Figure, Point, Target
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


def ratios(ours: Sequence[Cost], theirs: Sequence[Cost]) -> list[float]:
    """Of CPU per execution, over pairs that ran after each other."""
    return [mine.cpu_us / other.cpu_us for mine, other in zip(ours, theirs, strict=True)]


def ratio(ours: Sequence[Cost], theirs: Sequence[Cost]) -> float:
    return median(ratios(ours, theirs))


def extent(ours: Sequence[Cost], theirs: Sequence[Cost]) -> tuple[float, float]:
    """The least and the most."""
    found = ratios(ours, theirs)
    return min(found), max(found)


def spread(ours: Sequence[Cost], theirs: Sequence[Cost]) -> str:
    least, most = extent(ours, theirs)
    return f"from {least:.2f} to {most:.2f} over {len(ours)} rounds"


def against(
    part: str,
    name: str,
    ours: Sequence[Cost],
    theirs: Sequence[Cost],
    target: Target | None = None,
    *,
    point: Point | None = None,
) -> Figure:
    """CPU per execution of one side as a ratio to the other's."""
    note = f"{spread(ours, theirs)}; {typical(ours).cpu_us:.0f} µs against {typical(theirs).cpu_us:.0f} µs"
    return Figure(part, name, ratio(ours, theirs), "x", target, note, extent(ours, theirs), point)


def growth(part: str, of: str, costs: Mapping[float, Sequence[Cost]], unit: str = "") -> list[Figure]:
    """The curve of what an execution costs while something grows, against the least of it."""
    least, *more = sorted(costs)
    name = f"CPU per execution with {{:,g}}{unit} {of} against {least:,g}{unit}".format
    first = Figure(part, name(least), 1.0, "x", point=Point(of, least))
    return [first, *(against(part, name(at), costs[at], costs[least], point=Point(of, at)) for at in more)]
