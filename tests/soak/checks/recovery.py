"""How long after a fault every partition gives results again, and contacts are written again."""

from collections import defaultdict
from dataclasses import dataclass

from tests.soak.history import Fault, History, Violation

BOUND_SECONDS = 60.0
"""A session time-out of 15 s, a drain of 20 s, and a busy machine; what stands still, stands for minutes."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """Seconds from the fault's end until a probe published after it in every partition had its result, and its
    update; None when that never was. `counted`: the same from the end of the last fault that came into it.
    """

    fault: Fault
    results: float | None
    updates: float | None
    counted: float | None


def recoveries(history: History) -> list[Recovery]:
    results = _seen(history, updates=False)
    updates = _seen(history, updates=True)
    return [_recovery(fault, history, results, updates) for fault in history.faults]


def recovered_in_time(history: History) -> list[Violation]:
    found = []
    for recovery in recoveries(history):
        if recovery.counted is None or recovery.counted > BOUND_SECONDS:
            shown = "never" if recovery.counted is None else f"after {recovery.counted:.1f} s"
            where = f"from {recovery.fault.began:.1f} to {recovery.fault.ended:.1f} s"
            detail = f"{shown}; {recovery.fault.detail} {where}; the bound is {BOUND_SECONDS:g} s"
            found.append(Violation("work goes on after a fault", recovery.fault.kind, detail))
    return found


def _recovery(fault: Fault, history: History, results: "Seen", updates: "Seen") -> Recovery:
    by_results, by_updates = _recovered_at(fault.ended, results), _recovered_at(fault.ended, updates)
    if by_results is None or by_updates is None:
        return Recovery(fault, _since(fault.ended, by_results), _since(fault.ended, by_updates), None)
    recovered = max(by_results, by_updates)
    disturbed = max(
        (other.ended for other in history.faults if other.began <= recovered and other.ended >= fault.ended),
        default=fault.ended,
    )
    return Recovery(fault, by_results - fault.ended, by_updates - fault.ended, max(0.0, recovered - disturbed))


Seen = dict[int, list[tuple[float, float | None]]]
"""Of every partition, when each probe was published and when it was answered."""


def _seen(history: History, *, updates: bool) -> Seen:
    found: Seen = defaultdict(list)
    answers = history.updates_of if updates else history.results_of
    for id_, (partition, published) in history.pulses.items():
        messages = answers.get(id_)
        found[partition].append((published, messages[0].seen if messages else None))
    return found


def _recovered_at(ended: float, seen: Seen) -> float | None:
    """When the last partition had its first answer to a probe of later than that."""
    firsts = []
    for probes in seen.values():
        answered = [at for published, at in probes if published >= ended and at is not None]
        if not answered:
            return None
        firsts.append(min(answered))
    return max(firsts, default=None)


def _since(moment: float, then: float | None) -> float | None:
    return None if then is None else then - moment
