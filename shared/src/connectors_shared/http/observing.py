"""One log line and one measurement per request."""

import time
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors_shared.http.actor import actor_of
from connectors_shared.http.request_context import request_under_way
from connectors_shared.runtime.logging import get_logger

LATENCY_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
QUIET: Final = ("/healthz", "/readyz")
METHODS: Final = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))

log = get_logger(__name__)


class RequestMetrics:
    """Counted by the template of the route: never by an id, a workspace or what somebody made up."""

    def __init__(self, prefix: str, registry: CollectorRegistry) -> None:
        self.requests = Counter(
            f"{prefix}_requests_total", "Requests answered.", ("method", "route", "status"), registry=registry
        )
        self.seconds = Histogram(
            f"{prefix}_request_duration_seconds",
            "From the first byte of the request to the last of the answer.",
            ("method", "route"),
            buckets=LATENCY_SECONDS,
            registry=registry,
        )


class RequestObserver:
    """ASGI middleware. The route is logged, with who asked; a path, a query or a body may hold what is private."""

    def __init__(self, app: ASGIApp, metrics: RequestMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began = 500, time.perf_counter()

        async def observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, observed)
        finally:
            self._record(scope, status, time.perf_counter() - began)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "") or "unmatched"
        method = scope["method"] if scope["method"] in METHODS else "other"
        self._metrics.requests.labels(method, route, str(status)).inc()
        self._metrics.seconds.labels(method, route).observe(seconds)
        if route not in QUIET:
            actor, context = actor_of(scope), request_under_way()
            log.info(
                "request.handled",
                method=method,
                route=route,
                status=status,
                duration_ms=round(seconds * 1000, 1),
                kind=actor.kind,
                user=actor.user,
                workspace=actor.workspace,
                key=actor.key,
                request_id=context.id if context else None,
            )
