"""`/api/connector-kinds`: what a form for a connector asks for."""

from fastapi import APIRouter

from connector_registry.kinds.shapes import KINDS, KindsView
from connectors_shared.http.access import Access
from connectors_shared.http.principal import Principal, Scope


def kinds_router(access: Access) -> APIRouter:
    """One route."""
    router = APIRouter(prefix="/api/connector-kinds", tags=["connectors"])
    reader = access.requires(Scope.CONNECTORS_READ)

    @router.get("", name="List the kinds of authentication, body and method")
    async def kinds(_who: Principal = reader) -> KindsView:
        """A console draws its forms from this. It changes with the version of the registry only."""
        return KINDS

    return router
