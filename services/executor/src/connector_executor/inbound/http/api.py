"""The internal API: every router of it, behind one token."""

from collections.abc import Sequence
from typing import Final

from fastapi import APIRouter, Depends, FastAPI
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from connectors_shared.http.api import rest_api
from connectors_shared.http.internal import InternalApiOffError, internal_caller
from connectors_shared.http.observing import RequestMetrics
from connectors_shared.http.problems import problem_responses

ABOUT: Final = "For operators and the other services, with the token CONNECTORS_INTERNAL_TOKEN."
PREFIX: Final = "connectors_executor"


def internal_api(token: SecretStr | None, routers: Sequence[APIRouter], metrics: CollectorRegistry) -> FastAPI:
    """Behind the one token; without health checks."""
    app = rest_api("connectors-executor", "Connectors executor", ABOUT, RequestMetrics(PREFIX, metrics))
    caller = Depends(internal_caller(token))
    for router in routers:
        app.include_router(
            router, prefix="/internal", dependencies=[caller], responses=problem_responses(InternalApiOffError)
        )
    return app
