"""The pretend API's own rate limit: at most so many calls in any window, as strict as an upstream can be."""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

X, IETF, RETRY_AFTER = "x", "ietf", "retry-after"
HEADER_STYLES: Final = frozenset({X, IETF, RETRY_AFTER})
USUAL_STYLES: Final = frozenset({X, RETRY_AFTER})
POLICY: Final = '"default"'


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a call is let in, and what the answer's headers say.

    `wait_seconds` is 0 when it is; `reset_seconds` is the time until one more call than now is free.
    """

    allowed: bool
    limit: int
    remaining: int
    wait_seconds: float
    reset_seconds: float
    window_seconds: float

    def headers(self, now_epoch_seconds: float, styles: frozenset[str] = USUAL_STYLES) -> dict[str, str]:
        """Of `X-RateLimit-*`, `RateLimit` with its policy, and `Retry-After` (on a refusal), what is asked for."""
        headers: dict[str, str] = {}
        if X in styles:
            headers |= self._x(now_epoch_seconds)
        if IETF in styles:
            headers |= self._ietf()
        if RETRY_AFTER in styles and not self.allowed:
            headers["Retry-After"] = str(max(1, math.ceil(self.wait_seconds)))
        return headers

    def _x(self, now_epoch_seconds: float) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(math.ceil(now_epoch_seconds + self.wait_seconds)),
        }

    def _ietf(self) -> dict[str, str]:
        """draft-ietf-httpapi-ratelimit-headers-10: quota and window in the policy, what remains in the other."""
        return {
            "RateLimit-Policy": f"{POLICY};q={self.limit};w={math.ceil(self.window_seconds)}",
            "RateLimit": f"{POLICY};r={self.remaining};t={math.ceil(self.reset_seconds)}",
        }


class SlidingWindow:
    """Lets in at most `limit` calls in any window of `window_seconds`; refused calls do not count."""

    def __init__(self, monotonic: Callable[[], float], window_seconds: float = 1.0) -> None:
        self._monotonic = monotonic
        self._window_seconds = window_seconds
        self._admitted: deque[float] = deque()

    def admit(self, limit: int) -> Verdict:
        """`limit` may change from call to call: an upstream may lower its quota at any time."""
        now = self._monotonic()
        while self._admitted and self._admitted[0] <= now - self._window_seconds:
            self._admitted.popleft()
        if (over := len(self._admitted) - limit) >= 0:
            free_again = self._admitted[over] + self._window_seconds if limit else now + self._window_seconds
            return Verdict(False, limit, 0, free_again - now, free_again - now, self._window_seconds)
        self._admitted.append(now)
        reset_seconds = self._admitted[0] + self._window_seconds - now
        return Verdict(True, limit, limit - len(self._admitted), 0.0, reset_seconds, self._window_seconds)
