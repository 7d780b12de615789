"""Did the neighbours notice nothing, did the offsets advance past a parked backlog, were the answers right?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors_local.demo.latencies import Latencies
from connectors_local.limits.board import Board, ratio
from connectors_local.limits.cast import NOISY, Part, names_the_right_reason
from connectors_local.limits.offsets import PartitionOffsets
from connectors_local.limits.tally import Counts
from connectors_shared.contract.status import ConnectorStatus


@dataclass(frozen=True, slots=True)
class Verdict:
    """`details` says in numbers what was seen; a sentence for each thing that is wrong."""

    details: str
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.problems

    def line(self) -> str:
        """The last line."""
        return f"demo-limits: {'OK' if self.ok else 'FAILED'} {self.details}"


def judge(board: Board, answers: Mapping[Part, ConnectorStatus], noisy_latencies: Latencies | None) -> Verdict:
    """`noisy_latencies`: of the healthy ones while the others were noisy. How long they took is told, not judged:

    a machine that is busy with something else must not make the promise look broken.
    """
    healthy, parked = board.rows[Part.HEALTHY].counts, answers[Part.LIMITED].parked.count
    right = [part for part in NOISY if names_the_right_reason(part, answers[part])]
    details = "; ".join(
        [
            f"healthy {healthy.succeeded}/{healthy.published}",
            told_latencies(board.baseline, noisy_latencies),
            f"lag {board.lag} with {parked} parked",
            f"reasons {len(right)}/{len(NOISY)}",
        ]
    )
    problems = [*healthy_problems(healthy), *offset_problems(board.partitions, parked)]
    problems += [
        f"{part.value}: its state is said to be {answers[part].state}, which is not why it does not run"
        for part in NOISY
        if part not in right
    ]
    return Verdict(details, tuple(problems))


def told_latencies(baseline: Latencies | None, noisy: Latencies | None) -> str:
    if baseline is None or noisy is None:
        return "p99 not measured"
    return f"p99 {baseline.p99:.0f} ms alone, {noisy.p99:.0f} ms beside them ({ratio(baseline, noisy):.1f}x)"


def healthy_problems(counts: Counts) -> list[str]:
    if not counts.published:
        return ["healthy: nothing was asked of them"]
    found = []
    if counts.failed or counts.cancelled:
        found.append(f"healthy: {counts.failed + counts.cancelled} of {counts.published} executions did not succeed")
    if missing := counts.published - counts.done:
        found.append(f"healthy: {missing} of {counts.published} executions have no result")
    return found


def offset_problems(partitions: Sequence[PartitionOffsets], parked: int) -> list[str]:
    found = [
        f"partition {each.partition}: committed to {each.committed}, which is {each.lag} before its end"
        for each in partitions
        if each.lag
    ]
    if not parked:
        found.append("the backlog of the limited connector was not parked when the offsets were looked at")
    return found
