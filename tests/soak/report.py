"""What a run has shown: the faults and what followed them, counts, violations, and what it cannot prove."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from tests.soak.checks.outcomes import UNKNOWN, error_of, outcome_of
from tests.soak.checks.recovery import BOUND_SECONDS, Recovery, recoveries
from tests.soak.history import History, Violation

SHOWN = 5
EXCERPTS = 12
CANNOT_PROVE = (
    "A clean run proves nothing about orders of events that it did not meet; another seed meets others.",
    "Nothing is lost of what Kafka or Postgres has acknowledged: both keep their disks here, and one broker has no "
    "other to fail over to. Valkey loses all of its memory or none, never a part.",
    "All clocks are one clock: skew between machines is not seen.",
    "A write that was called once and is reported as unknown is counted, not judged.",
    "The rate is judged at the upstream, with a quarter of a second for jitter: smaller bursts pass.",
    "Requests that reached the machine of the upstream but not its handler are not seen.",
    "The order of contact.updated is judged by the time within, to which two mappers may agree.",
)


def render(history: History, violations: Sequence[Violation]) -> str:
    return "\n".join([*_faults(history), "", *_counts(history), "", *_violations(violations), "", *_limits()])


def _faults(history: History) -> Iterator[str]:
    yield f"{'fault':<15} {'began':>8} {'lasted':>7} {'results':>9} {'contacts':>9}  (back after, in seconds; bound "
    yield f"{'':<15} {'':>8} {'':>7} {'':>9} {'':>9}  {BOUND_SECONDS:g} from the last fault that came into it)"
    start = min((at for _, at in history.pulses.values()), default=0.0)
    for recovery in sorted(recoveries(history), key=lambda recovery: recovery.fault.began):
        yield _fault(recovery, start)


def _fault(recovery: Recovery, start: float) -> str:
    fault = recovery.fault
    times = f"{fault.began - start:8.1f} {fault.ended - fault.began:7.1f}"
    return f"{fault.kind:<15} {times} {_after(recovery.results)} {_after(recovery.updates)}  {fault.detail}".rstrip()


def _after(seconds: float | None) -> str:
    return "    never" if seconds is None else f"{seconds:9.1f}"


def _counts(history: History) -> Iterator[str]:
    results, updates = history.results_of, history.updates_of
    first = [found[0] for found in results.values()]
    twice = sum(len(asked.places) > 1 for asked in history.asked.values())
    unknown = sum(error_of(result).get("type") == UNKNOWN for result in first)
    repeats = len(history.results) - len(results)
    yield f"ids         {len(history.asked)}, of them {len(history.pulses)} probes; {twice} published twice"
    yield f"calls       {len(history.calls)} for {len(history.calls_of)} ids"
    yield f"results     {len(history.results)}, of them {repeats} repeats; {unknown} unknown"
    yield f"updates     {len(history.updates)}, of them {len(history.updates) - len(updates)} repeats"
    yield f"dead        {len(history.dead)} for {len(history.poison)} poison messages"
    yield f"upstream    stood still {sum(lag.seconds for lag in history.lags):.1f} s in {len(history.lags)} pauses"
    yield "outcomes    " + ", ".join(f"{count} {kind}" for kind, count in Counter(map(outcome_of, first)).most_common())
    ends = Counter(f"{exit_.asked or 'by itself'} {exit_.status}" for exit_ in history.exits)
    yield "ends        " + ", ".join(f"{count} x {kind}" for kind, count in ends.most_common())


def _violations(violations: Sequence[Violation]) -> Iterator[str]:
    if not violations:
        yield "no violations"
        return
    yield f"{len(violations)} VIOLATIONS"
    by_promise: dict[str, list[Violation]] = defaultdict(list)
    for violation in violations:
        by_promise[violation.promise].append(violation)
    for promise, broken in by_promise.items():
        yield f"{len(broken):5} x {promise}"
        for violation in broken[:SHOWN]:
            yield f"        {violation.subject}: {violation.detail}"


def _limits() -> Iterator[str]:
    yield "what this cannot prove:"
    yield from (f"  * {line}" for line in CANNOT_PROVE)


def keep_evidence(
    folder: Path, history: History, violations: Sequence[Violation], states: dict[str, str], logs: Path
) -> None:
    """Everything that is needed to look: all violations, calls and results of their ids, log lines, last states."""
    keep_logs(folder, logs)
    (folder / "report.txt").write_text(render(history, violations) + "\n")
    (folder / "violations.jsonl").write_text("".join(json.dumps(asdict(v)) + "\n" for v in violations))
    for name, state in states.items():
        (folder / f"{name}.state").write_text(state + "\n")
    told: Counter[str] = Counter()
    for violation in violations:
        told[violation.promise] += 1
        if told[violation.promise] <= EXCERPTS:
            name = re.sub(r"[^a-z0-9-]+", "-", f"{violation.promise} {violation.subject}".lower())
            (folder / f"{name}.txt").write_text("\n".join(_excerpt(history, violation, logs)) + "\n")


def keep_logs(folder: Path, logs: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for log in logs.glob("*.log"):
        (folder / log.name).write_bytes(log.read_bytes())


def _excerpt(history: History, violation: Violation, logs: Path) -> Iterator[str]:
    yield f"{violation.promise}: {violation.subject}"
    yield violation.detail
    asked = history.asked.get(violation.subject)
    if asked is None:
        return
    yield f"asked: {asked.connector.key} ({asked.connector.role.name}), contact {asked.contact_id}, at {asked.places}"
    yield from (str(call) for call in history.calls_of.get(asked.id, []))
    for message in (*history.results_of.get(asked.id, []), *history.updates_of.get(asked.id, [])):
        yield f"{message.seen:.3f} {message.place} {message.value.decode(errors='replace')}"
    for log in sorted(logs.glob("*.log")):
        with log.open(errors="replace") as lines:
            yield from (f"{log.stem}: {line.rstrip()}" for line in lines if asked.id in line)
