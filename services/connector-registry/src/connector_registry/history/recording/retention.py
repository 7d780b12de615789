"""Forgetting, once an hour: what workspaces do not keep any more, and what nothing can bring again."""

from collections.abc import Awaitable
from typing import Final, Protocol

from connector_registry.history.recording.days import LATE, Days
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.persist import is_outage, told_of

PERIOD_SECONDS: Final = 3600.0
IDS_DAYS: Final = LATE + 3
"""How long it is known that an execution is recorded: longer than a result of it may come again."""
HOURS_DAYS: Final = 40
DAYS_DAYS: Final = 800
"""How long counts by hour and by day are kept: two years can be compared."""
USE_DAYS: Final = 400
"""After so many days a flow does not use a connector any more: one that runs once a year still does."""
FEED_DAYS: Final = 1
"""How long somebody may be away who follows, and miss nothing."""

log = get_logger(__name__)


class Forgets(Protocol):
    async def forget_executions(self) -> None:
        """Those that are older than their workspace keeps them."""
        ...

    async def forget_ids(self, days: int) -> None: ...
    async def forget_counts(self, hour_days: int, day_days: int) -> None: ...
    async def forget_use(self, days: int) -> None: ...
    async def forget_feed(self, days: int) -> None: ...


class ForgetsNotices(Protocol):
    async def forget(self) -> None:
        """Those that were closed long ago."""
        ...


class Retention:
    """What fails is tried again an hour later, and the others all the same."""

    def __init__(self, store: Forgets, notices: ForgetsNotices, days: Days) -> None:
        self._store = store
        self._notices = notices
        self._days = days

    async def forget(self) -> float:
        """After how many seconds to do so again."""
        await _tried("days.not_kept", self._days.keep())
        await _tried("executions.not_forgotten", self._store.forget_executions())
        await _tried("ids.not_forgotten", self._store.forget_ids(IDS_DAYS))
        await _tried("counts.not_forgotten", self._store.forget_counts(HOURS_DAYS, DAYS_DAYS))
        await _tried("use.not_forgotten", self._store.forget_use(USE_DAYS))
        await _tried("feed.not_forgotten", self._store.forget_feed(FEED_DAYS))
        await _tried("notices.not_forgotten", self._notices.forget())
        return PERIOD_SECONDS


async def _tried(failure: str, work: Awaitable[None]) -> None:
    try:
        await work
    except Exception as error:
        if not is_outage(error):
            raise
        log.warning(failure, **told_of(error))
