"""The field mapper's API: contacts, custom fields, files of contacts, and who changed them."""

from typing import Final

import httpx2
from fastapi import APIRouter

from connector_registry.contacts.problems import (
    ContactsLostError,
    ContactsNotConfiguredError,
    ContactsNotForKeysError,
    ContactsUnavailableError,
)
from connector_registry.relaying.forwarding import Relay
from connector_registry.relaying.peer import Peer
from connector_registry.relaying.router import relayed_router
from connectors_shared.http.access import Access
from connectors_shared.http.passing_on import PassingOn
from connectors_shared.http.principal import Scope

UPLOADS: Final = frozenset({"/api/contact-imports"})
SCOPES: Final = (Scope.CONTACTS_READ, Scope.CONTACTS_EDIT, Scope.WORKSPACE_ADMIN)
PREFIXES: Final = (
    *("/api/contacts", "/api/contact-fields", "/api/custom-fields"),
    *("/api/contact-imports", "/api/contact-export", "/api/contact-audit"),
)
MAPPER: Final = Peer(
    "mapper",
    ContactsUnavailableError,
    ContactsLostError,
    ContactsNotForKeysError,
    uploads=UPLOADS,
    downloads=frozenset({("GET", "/api/contact-export")}),
)


def contacts_router(
    mapper: httpx2.AsyncClient | None, access: Access, passing_on: PassingOn | None = None
) -> APIRouter:
    """None: there is no field mapper, and it is said how to set one."""
    relay = Relay(MAPPER, mapper, passing_on) if mapper else None
    return relayed_router(PREFIXES, SCOPES, access, relay, ContactsNotConfiguredError)
