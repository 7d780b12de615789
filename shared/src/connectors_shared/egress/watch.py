"""When what of one send happened. Only who wants to show it to a person gives a request one: nothing here is free."""

import time
from typing import Final

CONNECTING: Final = "connecting"
QUEUED: Final = "queued"
DEQUEUED: Final = "dequeued"
DIALLING: Final = "dialling"
RESOLVING: Final = "resolving"
RESOLVED: Final = "resolved"
DIALLED: Final = "dialled"
CONNECTED: Final = "connected"
SENT: Final = "sent"
ANSWERED: Final = "answered"
READ: Final = "read"


class Watch:
    """Moments of `time.perf_counter()` by name; what did not happen has none. `message`: the bytes that are to be
    sent; the head ends at the first empty line. `reused`: they went over a connection that was there.
    """

    __slots__ = ("message", "moments", "reused")

    def __init__(self) -> None:
        self.moments: dict[str, float] = {}
        self.message = b""
        self.reused = False

    def note(self, name: str) -> None:
        self.moments[name] = time.perf_counter()

    def begin(self) -> None:
        """A connection is asked for, once more where the one before was of no use."""
        self.moments.clear()
        self.note(CONNECTING)

    def connected(self, dialled_at: float, *, reused: bool) -> None:
        """`dialled_at`: when TCP was there, and TLS began."""
        self.reused = reused
        self.note(CONNECTED)
        if not reused:
            self.moments[DIALLED] = dialled_at

    def between(self, start: str, end: str) -> float | None:
        """Milliseconds from the one to the other, if both happened in this order."""
        first, last = self.moments.get(start), self.moments.get(end)
        return None if first is None or last is None or last < first else (last - first) * 1000
