"""How often a workspace may ask this process."""

from collections import OrderedDict
from typing import Final
from uuid import UUID

from connectors_shared.runtime.clock import Clock

BURST_SECONDS: Final = 10.0
MOST_WORKSPACES: Final = 10_000


class RequestLimits:
    """A token bucket per workspace, which holds what comes in `BURST_SECONDS`, and one request at least.

    A bucket is one number: the time at which it is full again. One that is full is as good as none, so that of more
    than `most_workspaces` the one asked longest ago can be forgotten.
    """

    def __init__(self, per_minute: int, clock: Clock, most_workspaces: int = MOST_WORKSPACES) -> None:
        self._seconds_each = 60.0 / per_minute
        self._clock = clock
        self._most_workspaces = most_workspaces
        self._full_at: OrderedDict[UUID, float] = OrderedDict()
        self._own_seconds: OrderedDict[UUID, float] = OrderedDict()

    def __len__(self) -> int:
        """Workspaces that are remembered."""
        return len(self._full_at)

    def allow(self, workspace_id: UUID, per_minute: int | None) -> None:
        """What the workspace itself has settled; None for nothing."""
        self._own_seconds.pop(workspace_id, None)
        if per_minute is not None:
            self._own_seconds[workspace_id] = 60.0 / per_minute
        if len(self._own_seconds) > self._most_workspaces:
            self._own_seconds.popitem(last=False)

    def take(self, workspace_id: UUID) -> float:
        """0.0 when the request may go on; else it counts for nothing, and may come again after so many seconds."""
        now = self._clock.monotonic()
        seconds_each = self._own_seconds.get(workspace_id, self._seconds_each)
        used_seconds = max(0.0, self._full_at.get(workspace_id, now) - now)
        excess_seconds = used_seconds + seconds_each - max(BURST_SECONDS, seconds_each)
        if excess_seconds > 0:
            return excess_seconds
        self._full_at[workspace_id] = now + used_seconds + seconds_each
        self._full_at.move_to_end(workspace_id)
        if len(self._full_at) > self._most_workspaces:
            self._full_at.popitem(last=False)
        return 0.0
