"""The pretend API's own rate limit: at most so many calls in any window, as strict as an upstream can be."""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a call is let in, and what the answer's headers say. `wait_seconds` is 0 when it is."""

    allowed: bool
    limit: int
    remaining: int
    wait_seconds: float

    def headers(self, now_epoch_seconds: float) -> dict[str, str]:
        """`X-RateLimit-*`, and `Retry-After` (RFC 9110, whole seconds) on a refusal."""
        headers = {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(math.ceil(now_epoch_seconds + self.wait_seconds)),
        }
        return headers if self.allowed else headers | {"Retry-After": str(max(1, math.ceil(self.wait_seconds)))}


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
            return Verdict(False, limit, 0, free_again - now)
        self._admitted.append(now)
        return Verdict(True, limit, limit - len(self._admitted), 0.0)
