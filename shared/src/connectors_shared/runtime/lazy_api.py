"""A service whose API is loaded by the first who asks for it: its framework costs more than the rest of a start.

Health checks and metrics need none of it, so a service that only consumes never pays.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager

from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from connectors_shared.runtime.health import Check, health_routes, metrics_route

ServiceApp = Starlette
Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


def service_with_lazy_api(
    lifespan: Lifespan,
    checks: Mapping[str, Check],
    metrics: CollectorRegistry,
    load: Callable[[], ASGIApp],
    impairments: Mapping[str, Check] | None = None,
) -> ServiceApp:
    """`load` is called once, on a thread: it imports."""
    routes = [*health_routes(checks, impairments), metrics_route(metrics), Mount("", app=LazyApi(load))]
    return Starlette(routes=routes, lifespan=lifespan)


class LazyApi:
    """An ASGI app that becomes what `load` gives."""

    def __init__(self, load: Callable[[], ASGIApp]) -> None:
        self._load = load
        self._loading = asyncio.Lock()
        self._api: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        api = self._api or await self._loaded()
        await api(scope, receive, send)

    async def _loaded(self) -> ASGIApp:
        async with self._loading:
            if self._api is None:
                self._api = await asyncio.to_thread(self._load)
            return self._api
