"""What became of every execution, counted per part, and how long the healthy ones took."""

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from connectors_local.demo.latencies import Latencies
from connectors_local.limits.cast import Part
from connectors_shared.contract.execution import ConnectorResult
from connectors_shared.contract.failure import FailureType

OVERDUE_SECONDS: Final = 1.0
KEPT_SAMPLES: Final = 20_000


@dataclass(frozen=True, slots=True)
class Counts:
    """Of one part. `cancelled` ones are not among the `failed`."""

    published: int = 0
    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0

    @property
    def done(self) -> int:
        return self.succeeded + self.failed + self.cancelled


@dataclass(frozen=True, slots=True)
class Sample:
    """An answered execution of a healthy connector."""

    due_at: float
    seconds: float


@dataclass(slots=True)
class Tally:
    """Moments are monotonic seconds. Latencies count from when an execution was *due*, not from when it was sent:

    a publisher that is held up would hide exactly the delays that are looked for.
    """

    _open: dict[UUID, tuple[Part, float]] = field(default_factory=dict)
    _samples: deque[Sample] = field(default_factory=lambda: deque(maxlen=KEPT_SAMPLES))
    _published: Counter[Part] = field(default_factory=Counter)
    _succeeded: Counter[Part] = field(default_factory=Counter)
    _failed: Counter[Part] = field(default_factory=Counter)
    _cancelled: Counter[Part] = field(default_factory=Counter)

    def expect(self, execution_id: UUID, part: Part, due_at: float) -> None:
        self._open[execution_id] = part, due_at
        self._published[part] += 1

    def take(self, result: ConnectorResult, now: float) -> None:
        """Repeated and foreign results change nothing."""
        if result.execution_id not in self._open:
            return
        part, due_at = self._open.pop(result.execution_id)
        if part is Part.HEALTHY:
            self._samples.append(Sample(due_at, now - due_at))
        self._counter_of(result)[part] += 1

    def _counter_of(self, result: ConnectorResult) -> Counter[Part]:
        if result.success:
            return self._succeeded
        cancelled = result.error is not None and result.error.type is FailureType.CANCELLED
        return self._cancelled if cancelled else self._failed

    def counts(self, part: Part) -> Counts:
        return Counts(self._published[part], self._succeeded[part], self._failed[part], self._cancelled[part])

    def unanswered(self, part: Part) -> int:
        return self._published[part] - self.counts(part).done

    def healthy_latencies(self, since: float, before: float, now: float) -> Latencies | None:
        """Of executions due in that time. What is not answered after a second counts with its age."""
        seconds = [sample.seconds for sample in self._samples if since <= sample.due_at < before]
        waiting = (due_at for part, due_at in self._open.values() if part is Part.HEALTHY and since <= due_at < before)
        seconds += [now - due_at for due_at in waiting if now - due_at > OVERDUE_SECONDS]
        return Latencies.of(seconds)
