"""How often a workspace may ask by its own settings, looked up now and then while it asks."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

from connectors_shared.http.request_limits import MOST_REMEMBERED, RequestLimits
from connectors_shared.runtime.clock import Clock

KNOWN_SECONDS: Final = 60.0

Ask = Callable[[UUID], Awaitable[int | None]]
"""Requests per minute of a workspace, None where it has settled nothing. Raises ConnectionError when nobody answers."""


class SettledLimits:
    """Tells `limits` of each workspace that asks, at most once in `KNOWN_SECONDS`; a change elsewhere holds by then."""

    def __init__(self, limits: RequestLimits, ask: Ask, clock: Clock) -> None:
        self._limits = limits
        self._ask = ask
        self._clock = clock
        self._known_until: OrderedDict[UUID, float] = OrderedDict()

    async def __call__(self, workspace_id: UUID) -> None:
        """While nobody answers, what was known before holds."""
        now = self._clock.monotonic()
        if now < self._known_until.get(workspace_id, now):
            return
        self._known_until[workspace_id] = now + KNOWN_SECONDS
        self._known_until.move_to_end(workspace_id)
        if len(self._known_until) > MOST_REMEMBERED:
            self._known_until.popitem(last=False)
        try:
            per_minute = await self._ask(workspace_id)
        except ConnectionError:
            return
        self._limits.allow(workspace_id, per_minute)
