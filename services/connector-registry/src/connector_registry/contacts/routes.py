"""The field mapper's API, which its own OpenAPI document describes: contacts, and custom fields."""

from typing import Final

import httpx2
from fastapi import APIRouter, Request, Response

from connector_registry.contacts.forwarding import forward
from connector_registry.contacts.problems import ContactsNotConfiguredError
from connectors_shared.http.access import Access

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
PREFIXES: Final = ("/api/contacts", "/api/contact-fields", "/api/custom-fields")


def contacts_router(mapper: httpx2.AsyncClient | None, access: Access) -> APIRouter:
    """Whoever is known gets through, within the workspace's limit; which scope is needed, the mapper says."""
    router = APIRouter(include_in_schema=False)

    async def contacts(request: Request) -> Response:
        await access.known(request)
        if mapper is None:
            raise ContactsNotConfiguredError
        return await forward(request, mapper)

    for prefix in PREFIXES:
        for path in (prefix, prefix + "/{rest:path}"):
            router.add_api_route(path, contacts, methods=list(METHODS))
    return router
