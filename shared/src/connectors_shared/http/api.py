"""What every REST API of ours has, whatever it is about."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from importlib.metadata import version
from typing import Any, Final

from fastapi import Depends, FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect

from connectors_shared.http.body_limit import BodyLimit
from connectors_shared.http.faults import Faults
from connectors_shared.http.methods import install_allowed_methods
from connectors_shared.http.observing import RequestMetrics, RequestObserver
from connectors_shared.http.openapi import install_openapi
from connectors_shared.http.parameters import known_parameters
from connectors_shared.http.problems import ProblemError, install_problem_handlers
from connectors_shared.http.request_context import RequestContexts
from connectors_shared.http.security_headers import SecurityHeaders


class IncompleteRequestError(ProblemError):
    """For the log alone: whoever sent half a request has gone."""

    status = 400
    kind = "incomplete-request"
    title = "The request broke off"


CROSS_ORIGIN: Final[dict[str, Any]] = {
    "allow_credentials": True,  # for the cookie of a sign-in: nothing else is granted for a cookie
    "allow_methods": ["GET", "POST", "PUT", "PATCH", "DELETE"],
    "allow_headers": ["Authorization", "Content-Type", "If-Match", "Idempotency-Key"],
    "expose_headers": ["ETag", "Location", "Retry-After", "Idempotency-Replayed", "RateLimit", "RateLimit-Policy"],
}
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def rest_api(
    distribution: str,
    title: str,
    description: str,
    metrics: RequestMetrics,
    lifespan: Lifespan | None = None,
    allowed_origins: Sequence[str] = (),
    uploads: Collection[str] = (),
    trusted_proxies: int = 0,
) -> FastAPI:
    """An app that bounds, counts and logs what comes in, and says by problem documents what is wrong with it.

    `allowed_origins`: of pages that a browser lets call it; without any no page of another origin may. `uploads`: paths
    whose POST takes a file of up to 100 MiB, as a stream. `trusted_proxies`: see `client_address`. It serves neither
    its OpenAPI document nor a page about it: those are on the internal port.
    """
    options: dict[str, Any] = dict.fromkeys(("openapi_url", "docs_url", "redoc_url"))
    app = FastAPI(
        title=title,
        version=version(distribution),
        description=description,
        lifespan=lifespan,
        dependencies=[Depends(known_parameters)],
        # Where it leads to would be the address that this process is asked at, which may be nobody else's.
        redirect_slashes=False,
        **options,
    )
    install_problem_handlers(app, {ClientDisconnect: lambda _error: IncompleteRequestError()})
    install_allowed_methods(app)
    install_openapi(app)
    app.add_middleware(BodyLimit, uploads=uploads)
    app.add_middleware(Faults)
    if allowed_origins:
        app.add_middleware(CORSMiddleware, allow_origins=allowed_origins, **CROSS_ORIGIN)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestObserver, metrics=metrics)
    app.add_middleware(RequestContexts, trusted_proxies=trusted_proxies)
    return app
