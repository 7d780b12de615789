"""The app of the engine's REST API."""

from collections.abc import Callable
from typing import Final

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from connectors_local.flows.connectors import Connectors
from connectors_local.flows.http.routes import flows_router, runs_router
from connectors_local.flows.settings import FlowSettings
from connectors_local.flows.store.port import FlowStore
from connectors_shared.http.access import Access
from connectors_shared.http.api import rest_api
from connectors_shared.http.observing import RequestMetrics
from connectors_shared.http.passing_on import FLOW_ENGINE, REGISTRY, or_passed_on
from connectors_shared.http.request_limits import RequestLimits
from connectors_shared.http.tokens import SharedSecret, TokenRules, token_authenticator
from connectors_shared.runtime.clock import Clock

ABOUT: Final = "Flows of connectors and contacts, and their runs: the flow engine of the local stack."
PREFIX: Final = "connectors_flows"


def build_api(
    settings: FlowSettings,
    store: FlowStore,
    clock: Clock,
    metrics: CollectorRegistry,
    wake: Callable[[], None],
    connectors: Connectors | None = None,
) -> FastAPI:
    """Over any store; `wake` is called when runs were started, `connectors` asked when a flow is judged."""
    app = rest_api("connectors-local", "Connectors flow engine", ABOUT, RequestMetrics(PREFIX, metrics))
    secret, rules = SharedSecret(settings.jwt_secret.get_secret_value()), TokenRules(audience=settings.jwt_audience)
    passed_on = {REGISTRY: settings.identities.secrets.get(REGISTRY, ())}
    callers = or_passed_on(FLOW_ENGINE, passed_on, token_authenticator(secret, rules=rules))
    access = Access(callers, RequestLimits(settings.requests_per_minute, clock))
    app.include_router(flows_router(store, access, clock, wake, connectors))
    app.include_router(runs_router(store, access, clock))
    return app
