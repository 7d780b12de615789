"""The flow engine's API: flows, and their runs. Which scope a request needs, the engine judges."""

from typing import Final

import httpx2
from fastapi import APIRouter

from connector_registry.flows.problems import (
    FlowsLostError,
    FlowsNotConfiguredError,
    FlowsNotForKeysError,
    FlowsUnavailableError,
)
from connector_registry.relaying.forwarding import Relay
from connector_registry.relaying.peer import Peer
from connector_registry.relaying.router import relayed_router
from connectors_shared.http.access import Access
from connectors_shared.http.passing_on import PassingOn
from connectors_shared.http.principal import Scope

SCOPES: Final = (
    *(Scope.CONNECTORS_READ, Scope.CONNECTORS_EDIT),
    *(Scope.CONNECTORS_EXECUTE, Scope.EXECUTIONS_READ),
)
PREFIXES: Final = ("/api/flows", "/api/runs")
ENGINE: Final = Peer("flows", FlowsUnavailableError, FlowsLostError, FlowsNotForKeysError)


def flows_router(engine: httpx2.AsyncClient | None, access: Access, passing_on: PassingOn | None = None) -> APIRouter:
    """None: there is no engine, and it is said how to set one."""
    relay = Relay(ENGINE, engine, passing_on) if engine else None
    return relayed_router(PREFIXES, SCOPES, access, relay, FlowsNotConfiguredError)
