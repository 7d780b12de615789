"""`/healthz`, `/readyz` and `/metrics`: the same in every service."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)
Check = Callable[[], Awaitable[str | None]]
"""Answers None when fine, else one sentence saying what is wrong."""

PATIENCE_SECONDS: Final = 0.75
"""As long as a check is waited for: less than the second after which Kubernetes gives a probe up."""

UNTOLD: Final = "failed"
"""What the public is told of a check: its reason may name hosts."""


class Trouble(NamedTuple):
    """`since`: when the check began that was the first not to be fine."""

    reason: str
    since: datetime


class Watched:
    """A check, run once for all who ask meanwhile. One that waits for what does not answer goes on until it ends by
    itself, and whoever asks is told so; a check begins anew when the one before has ended.
    """

    def __init__(self, name: str, check: Check) -> None:
        self.name = name
        self._check = check
        self._running: asyncio.Task[str | None] | None = None
        self._began = 0.0
        """In seconds of the loop, as `_failing_from`: clocks of the wall go back."""
        self._failing_from: float | None = None
        self._since = datetime.min.replace(tzinfo=UTC)

    async def trouble(self) -> Trouble | None:
        now = asyncio.get_running_loop().time
        if self._running is None or self._running.done():
            if self._running is not None and self._running.result() is None:
                self._failing_from = None  # it was fine, if only after whoever had asked was gone
            self._began = now()
            self._running = asyncio.create_task(_run(self._check))
        running = self._running
        await asyncio.wait([running], timeout=max(0.0, self._began + PATIENCE_SECONDS - now()))
        is_late = not running.done()
        reason = None if is_late else running.result()
        if reason is None and not is_late:
            self._failing_from = None
            return None
        if self._failing_from is None:
            self._failing_from = self._began
            self._since = datetime.now(UTC) - timedelta(seconds=now() - self._began)
        if reason is None:
            reason = f"no answer for {now() - self._failing_from:.0f} s"
        return Trouble(reason, self._since)


def public_health_routes(checks: Mapping[str, Check], impairments: Mapping[str, Check] | None = None) -> list[Route]:
    """As `health_routes`, for a port that anybody reaches: which checks failed, and not why. Reasons are logged."""
    return _routes(checks, impairments, _untold)


def health_routes(checks: Mapping[str, Check], impairments: Mapping[str, Check] | None = None) -> list[Route]:
    """`/healthz` says the process runs; `/readyz` answers 503 with the reasons when one of `checks` fails, and since
    when, as far as anybody has asked. It waits `PATIENCE_SECONDS` at most.

    When one of `impairments` fails, requests are served all the same: it answers 200, `degraded`, with the reasons.
    They are no part of the API's document.
    """
    return _routes(checks, impairments, lambda _name, trouble: trouble.reason)


Tell = Callable[[str, Trouble], str]


def _routes(checks: Mapping[str, Check], impairments: Mapping[str, Check] | None, tell: Tell) -> list[Route]:
    needed = [Watched(name, check) for name, check in checks.items()]
    helpful = [Watched(name, check) for name, check in (impairments or {}).items()]

    async def healthz(_request: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"})

    async def readyz(_request: Request) -> JSONResponse:
        failed, impaired = await asyncio.gather(_troubles(needed), _troubles(helpful))
        if not failed and not impaired:
            return JSONResponse({"status": "ready"})
        troubles = failed | impaired
        body: dict[str, Any] = {
            "status": "not ready" if failed else "degraded",
            "problems": {name: tell(name, trouble) for name, trouble in troubles.items()},
            "since": {name: f"{trouble.since:%Y-%m-%dT%H:%M:%SZ}" for name, trouble in troubles.items()},
        }
        return JSONResponse(body, status_code=503 if failed else 200)

    pages = {"/healthz": healthz, "/readyz": readyz}
    return [Route(path, page, include_in_schema=False) for path, page in pages.items()]


def metrics_route(metrics: CollectorRegistry) -> Route:
    """`/metrics`, for operators only."""

    async def metrics_page(_request: Request) -> Response:
        return Response(generate_latest(metrics), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return Route("/metrics", metrics_page, include_in_schema=False)


def _untold(name: str, trouble: Trouble) -> str:
    log.warning("not_ready", check=name, reason=trouble.reason)
    return UNTOLD


async def _troubles(watched: list[Watched]) -> dict[str, Trouble]:
    """All at once, so that one which waits for something that does not answer delays none."""
    found = await asyncio.gather(*(one.trouble() for one in watched))
    return {one.name: trouble for one, trouble in zip(watched, found, strict=True) if trouble is not None}


async def _run(check: Check) -> str | None:
    try:
        return await check()
    except Exception as error:
        log.warning("check.failed", exc_info=error)
        return f"the check failed: {type(error).__name__}"
