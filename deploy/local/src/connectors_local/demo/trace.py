"""A test of a connector, as lines for a terminal: what was sent, what came back, where the time went."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

PHASES: Final = (
    ("queue", "queue"),
    ("slotWait", "slot"),
    ("dns", "DNS"),
    ("connect", "connect"),
    ("tls", "TLS"),
    ("firstByte", "first byte"),
    ("download", "download"),
    ("transform", "transform"),
)


def trace_lines(report: Mapping[str, Any]) -> Iterator[str]:
    """Of the answer to a test."""
    request, response, attempts = report.get("request"), report.get("response"), report.get("attempts", [])
    status = response["status"] if response else report.get("error", {}).get("type", "no answer")
    sent = f"{request['method']} {request['url']}" if request else "nothing was sent"
    yield f"test: {sent} → {status} in {report['time']:.0f} ms"
    for attempt in attempts:
        timings = attempt["timings"]
        phases = [f"{word} {timings[name]:.1f}" for name, word in PHASES if timings.get(name) is not None]
        yield f"test: attempt {attempt['number']}: {', '.join(phases)} ms. {attempt['why']}"
