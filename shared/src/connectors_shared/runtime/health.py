"""`/healthz`, `/readyz` and `/metrics`: the same three routes in every service."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse

from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)
Check = Callable[[], Awaitable[str | None]]
"""Answers None when fine, else one sentence saying what is wrong."""


def health_router(checks: dict[str, Check], metrics: CollectorRegistry) -> APIRouter:
    """`/healthz` says the process runs; `/readyz` runs the checks and answers 503 with the reasons."""
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/readyz")
    async def readyz() -> JSONResponse:
        problems = {name: found for name, check in checks.items() if (found := await _run(check)) is not None}
        if problems:
            return JSONResponse({"status": "not ready", "problems": problems}, status_code=503)
        return JSONResponse({"status": "ready"})

    @router.get("/metrics")
    async def metrics_page() -> Response:
        return Response(generate_latest(metrics), media_type=CONTENT_TYPE_LATEST)

    return router


async def _run(check: Check) -> str | None:
    try:
        return await check()
    except Exception as error:
        log.warning("check.failed", exc_info=error)
        return f"the check failed: {type(error).__name__}"
