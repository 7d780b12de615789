"""The field mapper's API, which its own OpenAPI document describes: contacts, and custom fields."""

from typing import Final

import httpx2
from fastapi import APIRouter, Request, Response

from connector_registry.contacts.forwarding import forward
from connector_registry.contacts.problems import ContactsNotConfiguredError
from connector_registry.contacts.shares import ContactShares
from connectors_shared.http.access import Access
from connectors_shared.http.parameters import takes_any_parameter
from connectors_shared.http.passing_on import PassingOn
from connectors_shared.http.principal import Scope

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
SCOPES: Final = (Scope.CONTACTS_READ, Scope.CONTACTS_EDIT, Scope.WORKSPACE_ADMIN)
"""Of which the mapper may want one."""
PREFIXES: Final = (
    *("/api/contacts", "/api/contact-fields", "/api/custom-fields"),
    *("/api/contact-imports", "/api/contact-export", "/api/contact-audit"),
)


def contacts_router(
    mapper: httpx2.AsyncClient | None, access: Access, passing_on: PassingOn | None = None
) -> APIRouter:
    """Whoever has any scope for them gets through, within the workspace's limits; which it must be, the mapper says."""
    router = APIRouter(include_in_schema=False)
    shares = ContactShares()

    @takes_any_parameter
    async def contacts(request: Request) -> Response:
        who = await access.known(request, SCOPES)
        if mapper is None:
            raise ContactsNotConfiguredError
        return await forward(request, who, mapper, shares, passing_on)

    for prefix in PREFIXES:
        for path in (prefix, prefix + "/{rest:path}"):
            router.add_api_route(path, contacts, methods=list(METHODS))
    return router
