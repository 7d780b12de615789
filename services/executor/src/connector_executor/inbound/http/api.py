"""The internal API: every router of it, for callers that are known."""

from collections.abc import Sequence
from typing import Final

from fastapi import APIRouter, Depends, FastAPI
from prometheus_client import CollectorRegistry

from connectors_shared.http.api import rest_api
from connectors_shared.http.internal import InternalApiOffError, internal_caller
from connectors_shared.http.observing import RequestMetrics
from connectors_shared.http.problems import problem_responses
from connectors_shared.runtime.identities import Identities

ABOUT: Final = "For operators and the other services, each caller with a secret of its own."
PREFIX: Final = "connectors_executor"


def internal_api(identities: Identities, routers: Sequence[APIRouter], metrics: CollectorRegistry) -> FastAPI:
    """For those callers; without health checks."""
    app = rest_api("connectors-executor", "Connectors executor", ABOUT, RequestMetrics(PREFIX, metrics))
    caller = Depends(internal_caller(identities))
    for router in routers:
        app.include_router(
            router, prefix="/internal", dependencies=[caller], responses=problem_responses(InternalApiOffError)
        )
    return app
