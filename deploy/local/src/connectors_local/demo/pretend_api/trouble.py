"""Endpoints that misbehave on purpose: any status, no answer, failures that end."""

import asyncio
from collections import Counter

from aiohttp import web

from connectors_local.demo.pretend_api.replies import problem, reply


async def status(request: web.BaseRequest) -> web.Response:
    """`/status/{code}`"""
    code = request.path.removeprefix("/status/")
    if not (code.isdecimal() and 200 <= int(code) <= 599):
        return problem(400, "Ask for a status from 200 to 599.")
    if int(code) in (204, 304):
        return web.Response(status=int(code))
    return reply({"status": int(code)}, status=int(code))


class Hanging:
    """`/hang?seconds=…` answers late, or when it is released."""

    def __init__(self) -> None:
        self._released = asyncio.Event()

    async def answer(self, request: web.BaseRequest) -> web.Response:
        try:
            seconds = float(request.query.get("seconds", "3600"))
        except ValueError:
            return problem(400, "seconds must be a number.")
        released = self._released
        try:
            async with asyncio.timeout(seconds):
                await released.wait()
        except TimeoutError:
            return reply({"ok": True})
        return reply({"ok": True, "released": True})

    async def release(self, _request: web.BaseRequest) -> web.Response:
        """`POST /hang/release`: what hangs now is answered at once; later calls hang again."""
        self._released.set()
        self._released = asyncio.Event()
        return reply({"status": "released"})


class Flaky:
    """`/flaky?failures=N&key=…&retryAfter=…`: the first N calls of each key are answered 503."""

    def __init__(self) -> None:
        self._failed: Counter[str] = Counter()

    async def answer(self, request: web.BaseRequest) -> web.Response:
        failures, wait = request.query.get("failures", "1"), request.query.get("retryAfter", "")
        if not failures.isdecimal() or (wait and not wait.isdecimal()):
            return problem(400, "failures and retryAfter must be whole numbers.")
        key = request.query.get("key", "")
        if self._failed[key] >= int(failures):
            return reply({"ok": True})
        self._failed[key] += 1
        return problem(503, "Not now.", {"Retry-After": wait} if wait else None)

    def reset(self) -> None:
        self._failed.clear()
