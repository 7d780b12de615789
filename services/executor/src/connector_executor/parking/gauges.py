"""How much is parked, for metrics: a look at the backlogs, never at the executions in them."""

from connector_executor.metrics import ExecutorMetrics
from connector_executor.parking.parker import Parker
from connector_executor.parking.port import ParkingStore, ParkReason
from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)


class BacklogGauges:
    """Sets the gauges of the backlog. Every replica tells of the same store: dashboards take the maximum.

    One of them counts for all, once in `fresh_seconds`.
    """

    def __init__(self, store: ParkingStore, parker: Parker, metrics: ExecutorMetrics, fresh_seconds: float) -> None:
        self._fresh_seconds = fresh_seconds
        self._store = store
        self._parker = parker
        self._metrics = metrics

    async def take(self) -> None:
        self._metrics.parking_up.set(int(self._parker.available))
        # Before the totals are counted anew: by when they were counted the store's clock is seen to have gone back.
        if back := await self._store.follow_clock():
            log.warning("parking.clock_went_back", seconds=back)
        totals = await self._store.totals(self._fresh_seconds)
        for reason in ParkReason:
            self._metrics.backlogged.labels(reason.value).set(totals.backlogs.get(reason, 0))
            self._metrics.backlog.labels(reason.value).set(totals.parked.get(reason, 0))
        self._metrics.backlog_overdue.set(totals.overdue_seconds)
