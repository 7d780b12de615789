"""The app of the engine's REST API."""

from collections.abc import Callable
from typing import Final

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from connectors_local.flows.http.routes import flows_router, runs_router
from connectors_local.flows.settings import FlowSettings
from connectors_local.flows.store.port import FlowStore
from connectors_shared.http.access import Access
from connectors_shared.http.api import rest_api
from connectors_shared.http.observing import RequestMetrics
from connectors_shared.http.request_limits import RequestLimits
from connectors_shared.http.tokens import SharedSecret, TokenRules, token_authenticator
from connectors_shared.runtime.clock import Clock

ABOUT: Final = "Flows of connectors and contacts, and their runs: the flow engine of the local stack."
PREFIX: Final = "connectors_flows"


def build_api(
    settings: FlowSettings, store: FlowStore, clock: Clock, metrics: CollectorRegistry, wake: Callable[[], None]
) -> FastAPI:
    """Over any store; `wake` is called when runs were started."""
    app = rest_api("connectors-local", "Connectors flow engine", ABOUT, RequestMetrics(PREFIX, metrics))
    secret, rules = SharedSecret(settings.jwt_secret.get_secret_value()), TokenRules(audience=settings.jwt_audience)
    authenticate = token_authenticator(secret, rules=rules)
    access = Access(authenticate, RequestLimits(settings.requests_per_minute, clock))
    app.include_router(flows_router(store, access, clock, wake))
    app.include_router(runs_router(store, access, clock))
    return app
