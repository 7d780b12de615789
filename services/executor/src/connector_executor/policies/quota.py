"""What an upstream says about its own limit.

Read are `Retry-After` (RFC 9110 10.2.3), `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers, the
form with items and the older one with parameters), and the `X-RateLimit-*` family, whose reset is seconds or a moment.
What is outside of what a limit can be counts as not said: the advice goes into the store and holds everywhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from connector_executor.policies.headers import number_of, value_of
from connector_executor.policies.retry import EPOCH_THRESHOLD, MAX_RETRY_AFTER_SECONDS, retry_after_seconds

FAMILIES = ("X-RateLimit-", "X-Rate-Limit-", "RateLimit-")
EPOCH_MS_THRESHOLD = EPOCH_THRESHOLD * 1000
MOST_CALLS = 1e9
"""Nobody limits to more, and nobody to less than one call."""
MAX_WINDOW_SECONDS = 31 * 86_400.0
MIN_WINDOW_SECONDS = 0.001
LOW_SHARE = 0.2
"""Below this share of its quota an upstream that we do not limit is called at the pace that lasts until its reset."""
COARSE_SECONDS = 2.0
"""Resets are given in whole seconds: a nearer one says nothing that our own spacing does not keep anyway."""
LEARNED_SECONDS = 60.0
MARGIN = 1.025
"""Calls are spaced a little wider than the quota asks, so that jitter on the way never puts one too many into the
upstream's own window; about 97.5 % of the quota remains usable."""


@dataclass(frozen=True, slots=True)
class Quota:
    """What the headers hold; None where they are silent. Times in seconds."""

    limit: float | None = None
    remaining: float | None = None
    reset_seconds: float | None = None
    window_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do about it, for the whole budget. `hold_seconds` below 0: it was too much, but no time is given.

    `interval_seconds` is the distance of two calls that the quota allows, good for `ttl_seconds`.
    """

    source: str
    hold_seconds: float = 0.0
    interval_seconds: float = 0.0
    ttl_seconds: float = 0.0


def quota_of(headers: Mapping[str, str], now: datetime) -> Quota:
    """`headers` must be case-insensitive."""
    found = _structured(headers)
    for family in FAMILIES:
        said = value_of(headers, family + "Limit")
        limit = _limit(number_of(_first(said)))
        remaining = number_of(_first(value_of(headers, family + "Remaining")))
        reset = _reset(value_of(headers, family + "Reset"), now)
        if limit is None and remaining is None and reset is None:
            continue
        return Quota(limit, remaining, reset, found.window_seconds or _window_of(said, limit))
    return found


def says_something(headers: Mapping[str, str]) -> bool:
    """A quick look, because most answers say nothing about limits."""
    return not TELLING.isdisjoint(map(str.lower, headers))


def advise(
    headers: Mapping[str, str], now: datetime, refused: bool, windows: Sequence[tuple[int, float]]
) -> Advice | None:
    """`refused`: the upstream says it was too much; `windows` are our own (limit, seconds). None: nothing to do."""
    quota = quota_of(headers, now)
    hold, source = _hold(headers, quota, now, refused)
    interval, ttl = _pace(quota, windows)
    if not hold and not interval:
        return None
    return Advice(source if hold else _said(quota), hold, interval, ttl)


TELLING = frozenset(
    {"x-ratelimit-limit", "x-ratelimit-remaining", "x-rate-limit-remaining", "ratelimit", "ratelimit-remaining"}
)


def _hold(headers: Mapping[str, str], quota: Quota, now: datetime, refused: bool) -> tuple[float, str]:
    said = value_of(headers, "Retry-After")
    asked = retry_after_seconds(said, now)
    if refused and asked is not None:
        return asked or 0.001, f"Retry-After: {said[:60]}"
    used_up = quota.remaining is not None and quota.remaining < 1
    if (refused or used_up) and quota.reset_seconds is not None and (refused or quota.reset_seconds > COARSE_SECONDS):
        return max(quota.reset_seconds, 0.001), _said(quota)
    return (-1.0, "429 without a time") if refused else (0.0, "")


def _pace(quota: Quota, windows: Sequence[tuple[int, float]]) -> tuple[float, float]:
    """(interval, ttl) where the upstream's limit is below ours, or where we have none and its quota runs out."""
    if not quota.limit:
        return 0.0, 0.0
    if windows:
        ours = [(limit, seconds) for limit, seconds in windows if quota.window_seconds in (None, seconds)]
        above = [(limit, seconds) for limit, seconds in ours if limit >= quota.limit]
        if not above:
            return 0.0, 0.0
        limit, seconds = min(above)
        return (seconds * MARGIN / quota.limit, LEARNED_SECONDS + seconds) if limit > quota.limit else (0.0, 0.0)
    if quota.remaining is None or not quota.reset_seconds or quota.remaining > LOW_SHARE * quota.limit:
        return 0.0, 0.0
    return quota.reset_seconds / (quota.remaining + 1), quota.reset_seconds


def _said(quota: Quota) -> str:
    parts = [("limit", quota.limit), ("remaining", quota.remaining), ("reset", quota.reset_seconds)]
    return "RateLimit: " + ", ".join(f"{name} {value:g}" for name, value in parts if value is not None)


def _structured(headers: Mapping[str, str]) -> Quota:
    """`"default";r=50;t=30` with a policy `"default";q=100;w=60`, or `limit=100, remaining=50, reset=30`."""
    policy = value_of(headers, "RateLimit-Policy")
    said = _parameters(value_of(headers, "RateLimit").replace(",", ";"))
    first = policy.split(",")[0]
    allowed = _parameters(first)
    limit = said.get("limit", allowed.get("q", number_of(_first(policy)) if "w" in allowed else None))
    return Quota(
        limit=_limit(limit),
        remaining=said.get("r", said.get("remaining")),
        reset_seconds=_capped(said.get("t", said.get("reset"))),
        window_seconds=_window(allowed.get("w")),
    )


def _window_of(said: str, limit: float | None) -> float | None:
    """`RateLimit-Limit: 100, 100;w=60`: the window of the policy that has this limit."""
    for policy in said.split(","):
        if limit is not None and number_of(_first(policy)) == limit:
            window = _window(_parameters(policy).get("w"))
            if window is not None:
                return window
    return None


def _parameters(text: str) -> dict[str, float]:
    """The numbers among `name=value;name=value`, by lower-case name."""
    found: dict[str, float] = {}
    for part in text.split(";"):
        name, _, value = part.partition("=")
        number = number_of(value.strip().strip('"'))
        if number is not None:
            found[name.strip().lower()] = number
    return found


def _first(text: str) -> str:
    """The number of `100` or `100, 100;w=60`."""
    return text.split(",")[0].split(";")[0].strip()


def _reset(text: str, now: datetime) -> float | None:
    """Seconds from now: given as seconds, a moment in seconds or milliseconds, or a date."""
    value = number_of(_first(text))
    if value is None:
        return retry_after_seconds(text, now)
    if value >= EPOCH_MS_THRESHOLD:
        value /= 1000
    if value >= EPOCH_THRESHOLD:
        value = max(0.0, value - now.timestamp())
    return _capped(value)


def _limit(number: float | None) -> float | None:
    return number if number is not None and (number == 0 or 1 <= number <= MOST_CALLS) else None


def _window(seconds: float | None) -> float | None:
    return seconds if seconds is not None and MIN_WINDOW_SECONDS <= seconds <= MAX_WINDOW_SECONDS else None


def _capped(seconds: float | None) -> float | None:
    return None if seconds is None else min(seconds, MAX_RETRY_AFTER_SECONDS)
