"""`/api/connectors/{id}/health`, and that of several at once: why they run, or do not."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query

from connector_registry.connectors.port import ConnectorMissing
from connector_registry.health.service import HealthDesk
from connector_registry.health.shapes import HealthList, HealthView, view
from connectors_shared.http.access import Access
from connectors_shared.http.principal import Principal, Scope
from connectors_shared.http.problems import StoreUnavailableError, problem_responses

MOST: Final = 100


def health_router(desk: HealthDesk, access: Access) -> APIRouter:
    router = APIRouter(prefix="/api", tags=["health"], responses=problem_responses(StoreUnavailableError))
    reader = access.requires(Scope.CONNECTORS_READ)

    @router.get(
        "/connectors/{connector_id}/health",
        responses=problem_responses(ConnectorMissing),
        name="Say why it runs or not",
    )
    async def one(connector_id: UUID, who: Principal = reader) -> HealthView:
        """In one sentence, with since when and until when, what brought it about, how much waits and what to do. An
        executor is asked for two seconds at most; without its answer the registry says what it knows itself."""
        return view(await desk.of(who, connector_id))

    @router.get("/health", name="Say why several run or not")
    async def several(
        connector_id: Annotated[list[UUID], Query(alias="connectorId", min_length=1, max_length=MOST)],
        who: Principal = reader,
    ) -> HealthList:
        """Of up to 100 connectors, for a dashboard. Of those that no executor tells of within two seconds the registry
        says what it knows itself."""
        return HealthList(connectors=[view(found) for found in await desk.of_many(who, connector_id)])

    return router
