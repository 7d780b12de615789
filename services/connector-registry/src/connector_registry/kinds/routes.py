"""`/api/connector-kinds`: what a form for a connector asks for."""

from collections.abc import Callable

from fastapi import APIRouter, Depends, Request

from connector_registry.kinds.shapes import KINDS, KindsView
from connectors_shared.runtime.auth import Principal, Role, require


def kinds_router(authenticate: Callable[[Request], Principal]) -> APIRouter:
    """One route, for the role viewer."""
    router = APIRouter(prefix="/api/connector-kinds", tags=["connectors"])
    reader = Depends(require(Role.VIEWER, authenticate))

    @router.get("", name="List the kinds of authentication, body and method")
    async def kinds(_who: Principal = reader) -> KindsView:
        """A console draws its forms from this. It changes with the version of the registry only."""
        return KINDS

    return router
