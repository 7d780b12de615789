"""`/limited`: a quota per key, told in the headers of the caller's choice, and changed while calls go on."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable

from aiohttp import web

from connectors_local.demo.pretend_api.limiter import HEADER_STYLES, USUAL_STYLES, SlidingWindow, Verdict
from connectors_local.demo.pretend_api.replies import problem, reply


class Limited:
    """`delay_seconds` is the latency of a call that is let in."""

    def __init__(self, monotonic: Callable[[], float], delay_seconds: Callable[[], float]) -> None:
        self._windows: defaultdict[str, SlidingWindow] = defaultdict(lambda: SlidingWindow(monotonic))
        self._quotas: dict[str, int] = {}
        self._delay_seconds = delay_seconds

    async def answer(self, request: web.BaseRequest) -> web.Response:
        """`?key=…&perSecond=…&headers=ietf`; a changed quota stands above the request's own `perSecond`."""
        key, asked = request.query.get("key", ""), request.query.get("perSecond", "1")
        styles = styles_of(request.query.get("headers"))
        if not asked.isdecimal():
            return problem(400, "perSecond must be a whole number.")
        if styles is None:
            return problem(400, f"headers must be a list of {', '.join(sorted(HEADER_STYLES))}, or none.")
        verdict = self._windows[key].admit(self._quotas.get(key, int(asked)))
        if not verdict.allowed:
            return too_many(verdict, styles)
        await asyncio.sleep(self._delay_seconds())
        return reply({"ok": True}, headers=verdict.headers(time.time(), styles))

    async def change(self, request: web.BaseRequest) -> web.Response:
        """`POST /limited/quota?key=…&perSecond=…`; without `perSecond` the requests say again what holds."""
        key, quota = request.query.get("key", ""), request.query.get("perSecond", "")
        if quota and not quota.isdecimal():
            return problem(400, "perSecond must be a whole number.")
        self._quotas.pop(key, None)
        if quota:
            self._quotas[key] = int(quota)
        return reply({"key": key, "perSecond": self._quotas.get(key)})


def styles_of(text: str | None) -> frozenset[str] | None:
    """`ietf,retry-after` as a set; None when it names something else."""
    if text is None:
        return USUAL_STYLES
    styles = frozenset() if text == "none" else frozenset(text.split(","))
    return styles if styles <= HEADER_STYLES else None


def too_many(verdict: Verdict, styles: frozenset[str] = USUAL_STYLES) -> web.Response:
    return problem(429, "Too many requests.", verdict.headers(time.time(), styles))
