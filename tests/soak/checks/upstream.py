"""What the upstream saw of the limits: calls in any window, and calls at once."""

import math
from collections import defaultdict
from collections.abc import Iterable

from tests.soak.cast import Connector
from tests.soak.history import Call, History, Lag, Violation

JITTER_SECONDS = 0.25
"""How much later one call may arrive than another that left with it, on a busy machine."""


def rates(history: History) -> list[Violation]:
    """In no window more than the limit and what the jitter explains; one violation per connector, the worst."""
    found = []
    for connector, calls in _by_connector(history).items():
        limit, window = connector.role.limit, connector.role.window_seconds
        if limit:
            times = sorted(call.started for call in calls)
            worst = max(_excess(times, limit, window, history.lags), default=(0, 0.0, 0))
            if worst[0] > 0:
                _, at, count = worst
                detail = (
                    f"{count} calls in {window:g} s from {at:.3f} s on; the limit is {limit} ({connector.role.name})"
                )
                found.append(Violation("the rate holds", connector.key, detail))
    return found


def _excess(times: list[float], limit: int, window: float, lags: Iterable[Lag]) -> Iterable[tuple[int, float, int]]:
    """(calls above what is explained, start, calls) of the window that begins with each call."""
    lags = list(lags)
    end = 0
    for start, at in enumerate(times):
        while end < len(times) and times[end] < at + window:
            end += 1
        count = end - start
        if count > limit:
            jitter = JITTER_SECONDS + _stood_still(lags, at, at + window)
            yield count - limit - math.ceil(limit * jitter / window), at, count


def concurrency(history: History) -> list[Violation]:
    """Calls of a connector that overlap for longer than the jitter; one violation per connector, the worst."""
    found = []
    for connector, calls in _by_connector(history).items():
        most = connector.role.concurrent
        if most:
            count, at = _most_at_once(calls, history.lags)
            if count > most:
                detail = f"{count} at once at {at:.3f} s; the limit is {most} ({connector.role.name})"
                found.append(Violation("the number at once holds", connector.key, detail))
    return found


def _most_at_once(calls: Iterable[Call], lags: Iterable[Lag]) -> tuple[int, float]:
    lags = list(lags)
    moments: list[tuple[float, int]] = []
    for call in calls:
        began = call.started + JITTER_SECONDS + _stood_still(lags, call.started, call.ended)
        if began < call.ended:
            moments += [(began, 1), (call.ended, -1)]
    count, worst, worst_at = 0, 0, 0.0
    for at, change in sorted(moments):
        count += change
        if count > worst:
            worst, worst_at = count, at
    return worst, worst_at


def _stood_still(lags: Iterable[Lag], begin: float, end: float) -> float:
    """How long the upstream itself did not look, in that time: what arrived then has arrived at once for it."""
    return sum(lag.seconds for lag in lags if lag.at >= begin and lag.at - lag.seconds <= end)


def _by_connector(history: History) -> dict[Connector, list[Call]]:
    known = {asked.connector.key: asked.connector for asked in history.asked.values()}
    found: dict[Connector, list[Call]] = defaultdict(list)
    for call in history.calls:
        if call.connector in known:
            found[known[call.connector]].append(call)
    return found
