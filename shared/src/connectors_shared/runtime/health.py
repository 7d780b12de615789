"""`/healthz`, `/readyz` and `/metrics`: the same in every service."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)
Check = Callable[[], Awaitable[str | None]]
"""Answers None when fine, else one sentence saying what is wrong."""


UNTOLD = "failed"
"""What the public is told of a check: its reason may name hosts."""


def public_health_routes(checks: Mapping[str, Check], impairments: Mapping[str, Check] | None = None) -> list[Route]:
    """As `health_routes`, for a port that anybody reaches: which checks failed, and not why. Reasons are logged."""
    return health_routes(_untold(checks), _untold(impairments or {}))


def health_routes(checks: Mapping[str, Check], impairments: Mapping[str, Check] | None = None) -> list[Route]:
    """`/healthz` says the process runs; `/readyz` answers 503 with the reasons when one of `checks` fails.

    When one of `impairments` fails, requests are served all the same: it answers 200, `degraded`, with the reasons.
    They are no part of the API's document.
    """

    async def healthz(_request: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"})

    async def readyz(_request: Request) -> JSONResponse:
        failed, impaired = await asyncio.gather(_problems(checks), _problems(impairments or {}))
        if failed:
            return JSONResponse({"status": "not ready", "problems": failed | impaired}, status_code=503)
        if impaired:
            return JSONResponse({"status": "degraded", "problems": impaired})
        return JSONResponse({"status": "ready"})

    pages = {"/healthz": healthz, "/readyz": readyz}
    return [Route(path, page, include_in_schema=False) for path, page in pages.items()]


def metrics_route(metrics: CollectorRegistry) -> Route:
    """`/metrics`, for operators only."""

    async def metrics_page(_request: Request) -> Response:
        return Response(generate_latest(metrics), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return Route("/metrics", metrics_page, include_in_schema=False)


def _untold(checks: Mapping[str, Check]) -> dict[str, Check]:
    def without_reason(name: str, check: Check) -> Check:
        async def told() -> str | None:
            reason = await _run(check)
            if reason is not None:
                log.warning("not_ready", check=name, reason=reason)
            return None if reason is None else UNTOLD

        return told

    return {name: without_reason(name, check) for name, check in checks.items()}


async def _problems(checks: Mapping[str, Check]) -> dict[str, str]:
    """All at once, so that one which waits for something that does not answer delays none."""
    found = await asyncio.gather(*map(_run, checks.values()))
    return {name: problem for name, problem in zip(checks, found, strict=True) if problem is not None}


async def _run(check: Check) -> str | None:
    try:
        return await check()
    except Exception as error:
        log.warning("check.failed", exc_info=error)
        return f"the check failed: {type(error).__name__}"
