"""What executors ask of the registry, at its internal port and with an identity of their own."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends

from connector_registry.oauth.refresher import Refresher
from connectors_shared.contract.refresh import RefreshOrder, RefreshReport
from connectors_shared.http.body import body_of
from connectors_shared.http.problems import StoreUnavailableError, problem_responses


def refresh_router(refresher: Refresher) -> APIRouter:
    """One route."""
    router = APIRouter(tags=["credentials"], responses=problem_responses(StoreUnavailableError))
    body = Depends(body_of(RefreshOrder))

    @router.post("/credentials/{credential_id}/refresh", name="Renew a token now")
    async def refresh(credential_id: UUID, order: Any = body) -> RefreshReport:
        """An API refuses the access token of this revision: see that there is another one, or say why there is none."""
        outcome = await refresher.refresh(order.workspace_id, credential_id, order.revision)
        return RefreshReport(refreshed=outcome.refreshed, revision=outcome.revision)

    return router
