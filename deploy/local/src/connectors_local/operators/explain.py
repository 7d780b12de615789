"""The answer to *why is this connector not running*, for somebody who was woken up by it."""

from datetime import datetime
from typing import Final

from connectors_local.operators.spans import duration, since, until
from connectors_shared.contract.advice import advice
from connectors_shared.contract.status import Backlog, Breaker, ConnectorStatus, Limit

UNKNOWN: Final = "unknown"


def explain(status: ConnectorStatus, now: datetime) -> list[str]:
    """Lines to print: what it is, why, the numbers, and what to do about it."""
    return [title(status), headline(status), "", *reasons(status, now), *numbers(status, now), "", *next_steps(status)]


def title(status: ConnectorStatus) -> str:
    version = f", version {status.version}" if status.version is not None else ""
    return f"{status.name or 'a connector without a name'}  ({status.connector_id}{version})"


def headline(status: ConnectorStatus) -> str:
    state = status.state.replace("_", " ").upper()
    return f"{state}: {status.summary}" if status.summary else state


def reasons(status: ConnectorStatus, now: datetime) -> list[str]:
    lines = []
    for reason in status.reasons:
        ends = f"; ends {until(reason.until, now)}" if reason.until else ""
        lines.append(row("why", f"{reason.code}: {reason.detail}{ends}" if reason.detail else f"{reason.code}{ends}"))
    return lines


def numbers(status: ConnectorStatus, now: datetime) -> list[str]:
    found = {
        "calls": f"{status.in_flight} in flight, {status.waiting} waiting for their turn",
        "parked": parked(status.parked, now),
        "limit": limit(status.limit, now),
        "breaker": breaker(status.breaker, now),
        "credential": "stale: it must be connected again" if status.credential_stale else "",
    }
    return [row(name, text) for name, text in found.items() if text]


def parked(backlog: Backlog, now: datetime) -> str:
    if not backlog.count:
        return "nothing"
    parts = [str(backlog.count)]
    if backlog.waiting_for_retry:
        parts[0] += f", {backlog.waiting_for_retry} of them for a further attempt"
    if backlog.oldest:
        parts.append(f"the oldest {since(backlog.oldest, now)}")
    if backlog.next_slot:
        parts.append(f"the next one {until(backlog.next_slot, now)}")
    if backlog.drain_seconds is not None:
        parts.append(f"all done in about {duration(backlog.drain_seconds)}")
    return "; ".join(parts)


def limit(held: Limit | None, now: datetime) -> str:
    if held is None:
        return ""
    calls = "call" if held.per_second == 1 else "calls"
    rate = f"{held.per_second:g} {calls} per second" if held.per_second is not None else ""
    source = f"from {held.source}" if held.source else ""
    quiet = f"no call until then: {until(held.until, now)}" if held.until else ""
    return ", ".join(filter(None, (rate, source, quiet)))


def breaker(breaker: Breaker | None, now: datetime) -> str:
    if breaker is None or (breaker.state == "closed" and not breaker.calls):
        return ""
    words = {"open": "open, nothing is called", "half_open": "half open, one call is tried"}
    tried = f"; tried again {until(breaker.until, now)}" if breaker.until and breaker.state == "open" else ""
    return (
        f"{words.get(breaker.state, breaker.state)}; {breaker.failures} of the last {breaker.calls} calls failed{tried}"
    )


def next_steps(status: ConnectorStatus) -> list[str]:
    lines = [row("to do", advice(status))]
    if status.parked.count:
        lines.append(row("", f"Look at what is parked: connectors parked list {status.connector_id}"))
        lines.append(row("", f"Give it up:              connectors parked cancel {status.connector_id} --all"))
    return lines


def row(name: str, text: str) -> str:
    return f"  {name:<11} {text}"
