"""Routes that are another service's, under the registry's origin. Its own OpenAPI document describes them."""

from collections.abc import Sequence
from typing import Final

from fastapi import APIRouter, Request, Response

from connector_registry.relaying.forwarding import Relay
from connectors_shared.http.access import Access
from connectors_shared.http.parameters import takes_any_parameter
from connectors_shared.http.principal import Scope
from connectors_shared.http.problems import ProblemError

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")


def relayed_router(
    prefixes: Sequence[str],
    scopes: Sequence[Scope],
    access: Access,
    relay: Relay | None,
    not_configured: type[ProblemError],
) -> APIRouter:
    """Whoever has any of `scopes` gets through, within the workspace's limits; which it must be, the service says."""
    router = APIRouter(include_in_schema=False)

    @takes_any_parameter
    async def relayed(request: Request) -> Response:
        who = await access.known(request, scopes)
        if relay is None:
            raise not_configured
        return await relay.forward(request, who)

    for prefix in prefixes:
        for path in (prefix, prefix + "/{rest:path}"):
            router.add_api_route(path, relayed, methods=list(METHODS))
    return router
