"""`/api/metrics`: the success metrics of the workspace."""

from datetime import UTC, date, timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query

from connector_registry.history.measure_shapes import ActivityList, MetricsView, activity_of, metrics_of
from connector_registry.history.measures import MOST_CONNECTORS, MOST_DAYS, Measures, Period, first_hour
from connectors_shared.http.access import Access
from connectors_shared.http.principal import Principal, Scope
from connectors_shared.http.problems import FieldProblem, InvalidRequestError
from connectors_shared.runtime.clock import Clock

USUAL_DAYS: Final = 30
Day = Annotated[date | None, Query(ge=date(2000, 1, 1), le=date(9998, 12, 31))]
Category = Annotated[str | None, Query(min_length=1, max_length=60)]


def metrics_router(measures: Measures, access: Access, clock: Clock) -> APIRouter:
    """Within that of the history. Numbers only: whoever may read the connectors may read how they do."""
    router = APIRouter()
    reader = access.requires(Scope.CONNECTORS_READ)

    @router.get("/metrics", name="Read the success metrics")
    async def metrics(
        who: Principal = reader,
        since: Day = None,
        until: Day = None,
        connector_id: UUID | None = None,
        category: Category = None,
    ) -> MetricsView:
        """Adoption, performance against its goals, and usage, of the last 30 days where no others are asked for, 92 at
        most. Tests of connectors are not counted."""
        last = until or clock.now().astimezone(UTC).date()
        first = since or last - timedelta(days=USUAL_DAYS - 1)
        if not 0 <= (last - first).days < MOST_DAYS:
            detail = f"must be at most {MOST_DAYS - 1} days before until, and not after it"
            raise InvalidRequestError([FieldProblem(pointer="/since", detail=detail)])
        named = category and category.replace("\x00", "")
        period = Period(first, last, connector_id, named)
        return metrics_of(period, await measures.of(who.workspace_id, period))

    @router.get("/metrics/activity", name="Read what connectors did hour by hour")
    async def activity(
        connector_id: Annotated[list[UUID], Query(alias="connectorId", min_length=1, max_length=MOST_CONNECTORS)],
        who: Principal = reader,
    ) -> ActivityList:
        """Of up to 100 connectors, for a dashboard: the last 24 hours. One that did nothing, or is not there, has
        zeros. Tests of connectors are not counted."""
        asked = list(dict.fromkeys(connector_id))
        since = first_hour(clock.now().astimezone(UTC))
        return activity_of(since, asked, await measures.hourly(who.workspace_id, asked, since))

    return router
