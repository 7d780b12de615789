"""What operators ask of a service with a public API, on a port that its callers do not reach."""

from collections.abc import Mapping
from typing import Final

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from connectors_shared.http.security_headers import SecurityHeaders
from connectors_shared.runtime.health import Check, health_routes, metrics_route

DOCS_POLICY: Final = (
    "default-src 'none'; script-src 'unsafe-inline' https://cdn.jsdelivr.net; style-src https://cdn.jsdelivr.net"
    " 'unsafe-inline'; img-src data: https://fastapi.tiangolo.com; connect-src 'self'; frame-ancestors 'none'"
)
"""Of the one page that is a page: it is built by the framework, with a script of its own and what it loads."""


def internal_pages(
    api: FastAPI,
    checks: Mapping[str, Check],
    metrics: CollectorRegistry,
    impairments: Mapping[str, Check] | None = None,
    internal: ASGIApp | None = None,
) -> Starlette:
    """`/healthz`, `/readyz` and `/metrics`; the API's document at `/openapi.json`, and at `/docs` for people.

    What other services ask for is below `/internal`.
    """

    async def document(_request: Request) -> JSONResponse:
        # It takes a second to make, in which the service has other callers.
        return JSONResponse(await run_in_threadpool(api.openapi))

    async def docs(_request: Request) -> HTMLResponse:
        page = get_swagger_ui_html(openapi_url="/openapi.json", title=api.title)
        page.headers["Content-Security-Policy"] = DOCS_POLICY
        return page

    pages: list[BaseRoute] = [Route("/openapi.json", document), Route("/docs", docs)]
    if internal is not None:
        pages.append(Mount("/internal", internal))
    routes = [*health_routes(checks, impairments), metrics_route(metrics), *pages]
    return Starlette(routes=routes, middleware=[Middleware(SecurityHeaders)])
