"""Whether and when to call again (RFC 9110 9.2.2 for methods; full jitter after the AWS builders' library)."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from connector_executor.policies.headers import MAX_CHARACTERS, moment_of, number_of, seconds_until

MAX_BACKOFF_SECONDS = 3600.0
EPOCH_THRESHOLD = 1_000_000_000
"""A Retry-After above this is not a number of seconds but a moment, as some APIs send it."""
MAX_RETRY_AFTER_SECONDS = 7 * 86_400.0
"""Longer than anything waits here; without it one absurd answer would silence a budget for good."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """`retries` further attempts after the first, the first of them after up to `delay_seconds`."""

    retries: int
    delay_seconds: float

    def backoff_seconds(self, attempt: int, chance: Callable[[], float] = random.random) -> float:
        """How long to wait after the `attempt`-th attempt (from 1) failed: exponential, full jitter."""
        ceiling = min(self.delay_seconds * 2.0 ** (attempt - 1), MAX_BACKOFF_SECONDS)
        return ceiling * chance()

    def allows(self, attempt: int) -> bool:
        """May another attempt follow the `attempt`-th?"""
        return attempt <= self.retries


def retry_after_seconds(value: str | None, now: datetime) -> float | None:
    """`Retry-After` in seconds from `now`: given as seconds, an HTTP date or an epoch, at most a week.

    None when it is absent or cannot be read.
    """
    text = (value or "")[:MAX_CHARACTERS].strip()
    number = number_of(text)
    if number is None:
        moment = moment_of(text)
        return None if moment is None else min(seconds_until(moment, now), MAX_RETRY_AFTER_SECONDS)
    if number >= EPOCH_THRESHOLD:
        number = max(0.0, number - now.timestamp())
    return min(number, MAX_RETRY_AFTER_SECONDS)
