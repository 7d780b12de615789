"""The internal API: every router of it, behind one token."""

from collections.abc import Sequence
from importlib.metadata import version

from fastapi import APIRouter, Depends, FastAPI
from pydantic import SecretStr

from connectors_shared.http.problems import install_problem_handlers
from connectors_shared.runtime.internal import internal_caller


def internal_api(token: SecretStr | None, routers: Sequence[APIRouter]) -> FastAPI:
    """Behind the one token; without health checks."""
    app = FastAPI(
        title="Connectors executor",
        version=version("connectors-executor"),
        description="For operators and the other services, with the token CONNECTORS_INTERNAL_TOKEN.",
        docs_url=None,
        redoc_url=None,
    )
    install_problem_handlers(app)
    caller = Depends(internal_caller(token))
    for router in routers:
        app.include_router(router, prefix="/internal", dependencies=[caller])
    return app
