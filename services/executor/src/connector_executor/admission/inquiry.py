"""What the store's hashes say about a connector's limits. Reads only; used by every adapter's `limits`."""

from collections.abc import Mapping

from connector_executor.admission.port import Limits, Subject
from connector_executor.admission.ring import ring_free_us


def limits_of(
    now_us: int, subject: Subject, budget: Mapping[str, str], breaker: Mapping[str, str], places: int
) -> Limits:
    """`budget` and `breaker` are the fields that `admit.lua`, `observe.lua` and `report.lua` write."""

    def ahead(fields: Mapping[str, str], name: str) -> float:
        return max(0.0, (float(fields.get(name, 0)) - now_us) / 1e6)

    spec, towards = subject.budget, subject.budget.towards
    hold, learned = ahead(budget, f"hold{towards}"), ahead(budget, f"lu{towards}")
    slots = [hold, (ring_free_us(budget, spec.quotas, spec.weight, now_us) - now_us) / 1e6]
    for index, (interval, tolerance) in enumerate(spec.windows):
        room = max(tolerance - (spec.weight - 1) * interval, 0) / 1e6
        slots.append(max(ahead(budget, f"w{index}"), ahead(budget, f"c{index}")) - room)
    if learned:
        slots += [ahead(budget, "wl"), ahead(budget, "cl")]
    only_failing = breaker.get(f"f:{subject.connector_id}")
    return Limits(
        slot_seconds=max(slots),
        hold_seconds=hold,
        hold_source=budget.get(f"hold_source{towards}", "") if hold else "",
        learned_interval_seconds=float(budget[f"li{towards}"]) / 1e6 if learned else 0.0,
        learned_source=budget.get(f"learned_source{towards}", "") if learned else "",
        backlogged=f"b:{subject.connector_id}" in budget,
        in_flight=places if subject.budget.max_concurrent else None,
        breaker=_state(now_us, breaker),
        breaker_seconds=ahead(breaker, "until"),
        breaker_calls=int(breaker.get("n", 0)),
        breaker_failures=int(breaker.get("f", 0)),
        unhealthy_seconds=ahead(breaker, f"u:{subject.connector_id}"),
        only_failing_seconds=(now_us - float(only_failing)) / 1e6 if only_failing else 0.0,
    )


def _state(now_us: int, breaker: Mapping[str, str]) -> str:
    until = float(breaker.get("until", 0))
    if not until:
        return "closed"
    return "open" if until > now_us else "half-open"
