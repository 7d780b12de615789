"""Nothing left over, nobody gone by himself or ready for nothing, and only poison set aside."""

import signal
from collections import Counter

from tests.soak.history import History, Violation

EXECUTOR_DEAD = "connector.execute.dead"
SERVERS = ("valkey", "postgres", "kafka")
START_SECONDS = 30.0
"""A fault of a server still tells in a start, or a stop, for so long after it."""


def dead_letters(history: History) -> list[Violation]:
    """Poison is set aside with its bytes, and nothing else is."""
    waiting = Counter(history.poison.values())
    found = []
    for letter in history.dead:
        if letter.topic.endswith(EXECUTOR_DEAD) and letter.value in waiting:
            waiting[letter.value] = 0
        else:
            reason = letter.headers.get("dead-reason", b"").decode(errors="replace")
            detail = letter.headers.get("dead-detail", b"").decode(errors="replace")
            found.append(Violation("dead letters only for poison", letter.id or letter.place, f"{reason}: {detail}"))
    lost = [name for name, value in history.poison.items() if waiting[value]]
    return found + [Violation("poison is set aside", name, "no dead letter") for name in lost]


def offsets(history: History) -> list[Violation]:
    """Every group has committed the end of every partition, without any restart."""
    promise = "every partition is read to its end"
    if not history.positions:
        return [Violation(promise, "all", "Kafka did not say where the groups are")]
    return [
        Violation(promise, f"{at.group} {at.partition}", f"committed {at.committed} of {at.end}")
        for at in history.positions
        if at.committed < at.end
    ]


def exits(history: History) -> list[Violation]:
    """Killed by us, or asked to stop and then with status 0 in time.

    While a server is away a process may fail to stop in time, and one that starts may give up: whoever starts it
    tries again. One that is asked to stop before it can listen to that ends by the signal.
    """
    found = []
    for exit_ in history.exits:
        excused = _server_away(history, exit_.at)
        shown = f"status {exit_.status} at {exit_.at:.1f} s\n{exit_.log}"
        in_order = exit_.status == 0 or (exit_.status == -signal.SIGTERM and not exit_.ready)
        if exit_.asked == "stop" and not in_order and not excused:
            found.append(Violation("a stop ends in order and in time", exit_.name, shown))
        elif not exit_.asked and (exit_.ready or not excused):
            found.append(Violation("nobody ends by himself", exit_.name, shown))
    return found


def claims(history: History) -> list[Violation]:
    """Who has lost a server for a while does not say that he is ready."""
    return [
        Violation("who cannot work does not say that he is ready", claim.name, f"{claim.lost} lost at {claim.at:.1f} s")
        for claim in history.claims
        if claim.ready
    ]


def _server_away(history: History, at: float) -> bool:
    return any(f.kind.startswith(SERVERS) and f.began <= at <= f.ended + START_SECONDS for f in history.faults)
