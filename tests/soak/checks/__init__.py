"""Pure functions from a history to the promises that it breaks."""

from collections.abc import Callable, Sequence

from tests.soak.checks.contacts import contact_values, update_order
from tests.soak.checks.ends import claims, dead_letters, exits, offsets
from tests.soak.checks.outcomes import honest_outcomes, one_outcome, writes_once
from tests.soak.checks.recovery import recovered_in_time
from tests.soak.checks.upstream import concurrency, rates
from tests.soak.history import History, Violation

Check = Callable[[History], list[Violation]]
CHECKS: tuple[Check, ...] = (
    one_outcome,
    writes_once,
    honest_outcomes,
    rates,
    concurrency,
    contact_values,
    update_order,
    dead_letters,
    offsets,
    exits,
    claims,
    recovered_in_time,
)


def violations_of(history: History, checks: Sequence[Check] = CHECKS) -> list[Violation]:
    return [violation for check in checks for violation in check(history)]
