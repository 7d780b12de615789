"""The endpoints of the pretend API.

    GET  /v2/identities/byPhone?phone=…   who owns the number; bearer token, latency, optional limit
    ANY  /status/{code}                   answers that status
    ANY  /hang?seconds=…                  answers after so long (default: an hour)
    ANY  /limited?key=…&perSecond=…       429 beyond so many calls per second and key (default: 1)
    GET  /identities?phone=…&phone=…      the truth for checks: no token, no latency, not counted
    GET  /stats  POST /stats/reset        what reached it
    POST /settings                        changes some of the `Settings`
    GET  /healthz  GET /readyz

It runs on aiohttp's server without its router, so that it is not what a benchmark measures.
"""

import asyncio
import functools
import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from connectors_local.demo.pretend_api.identities import identity_of, normalize_phone
from connectors_local.demo.pretend_api.limiter import SlidingWindow, Verdict

BY_PHONE: Final = "/v2/identities/byPhone"
DEFAULT_TOKEN: Final = "demo-audience-acuity-token-0001"
JSON: Final = "application/json"

Handler = Callable[[web.BaseRequest], Awaitable[web.Response]]


class Settings(BaseModel):
    """How the API behaves. `rate_per_second` limits the identity look-ups; None is no limit."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)

    token: str = DEFAULT_TOKEN
    latency_ms: float = Field(default=50.0, ge=0)
    jitter_ms: float = Field(default=10.0, ge=0)
    rate_per_second: int | None = Field(default=None, ge=1)

    def delay_seconds(self) -> float:
        """The latency of one call: `latency_ms` give or take `jitter_ms`."""
        return max(0.0, self.latency_ms + random.uniform(-self.jitter_ms, self.jitter_ms)) / 1000


@dataclass(slots=True)
class Stats:
    """What reached the API since the last reset: per phone, or per path (with `key`) elsewhere."""

    calls: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    in_flight: int = 0
    max_in_flight: int = 0

    def began(self, key: str) -> None:
        self.calls[key] += 1
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)

    def as_json(self) -> dict[str, Any]:
        return {
            "total": self.calls.total(),
            "calls": dict(self.calls),
            "statuses": {str(status): count for status, count in self.statuses.items()},
            "limited": self.statuses[429],
            "inFlight": self.in_flight,
            "maxInFlight": self.max_in_flight,
        }

    def reset(self) -> None:
        """Forget everything but the calls that are still running."""
        self.calls.clear()
        self.statuses.clear()
        self.max_in_flight = self.in_flight


class PretendApi:
    """The API's state and its endpoints. `monotonic` is the limiter's clock, in seconds."""

    def __init__(self, settings: Settings, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.settings = settings
        self.stats = Stats()
        self._windows: defaultdict[str, SlidingWindow] = defaultdict(lambda: SlidingWindow(monotonic))
        self._counted: dict[str, Handler] = {
            BY_PHONE: self._by_phone,
            "/hang": hang,
            "/limited": self._limited,
        }
        self._uncounted: dict[tuple[str, str], Handler] = {
            ("GET", "/healthz"): self._health,
            ("GET", "/readyz"): self._health,
            ("GET", "/identities"): self._truth,
            ("GET", "/stats"): self._show_stats,
            ("POST", "/stats/reset"): self._reset_stats,
            ("POST", "/settings"): self._change_settings,
        }

    async def answer(self, request: web.BaseRequest) -> web.Response:
        """Every request comes through here."""
        handler = self._counted.get(request.path) or (status if request.path.startswith("/status/") else None)
        if handler is not None:
            return await self._count(handler, request)
        other = self._uncounted.get((request.method, request.path))
        return await other(request) if other else problem(404, "There is nothing at this address.")

    async def _count(self, handler: Handler, request: web.BaseRequest) -> web.Response:
        self.stats.began(call_key(request))
        try:
            response = await handler(request)
            self.stats.statuses[response.status] += 1
            return response
        finally:
            self.stats.in_flight -= 1

    async def _by_phone(self, request: web.BaseRequest) -> web.Response:
        if request.method != "GET":
            return problem(405, "Use GET.", {"Allow": "GET"})
        if request.headers.get("Authorization") != f"Bearer {self.settings.token}":
            return problem(401, "The bearer token is missing or not valid.", {"WWW-Authenticate": "Bearer"})
        verdict = self._admit(BY_PHONE, self.settings.rate_per_second)
        if verdict and not verdict.allowed:
            return too_many(verdict)
        await asyncio.sleep(self.settings.delay_seconds())
        phone = request.query.get("phone", "")
        if not phone:
            return problem(400, "The query parameter phone is required.")
        headers = verdict.headers(time.time()) if verdict else None
        return web.Response(body=identities_json(phone), content_type=JSON, headers=headers)

    async def _limited(self, request: web.BaseRequest) -> web.Response:
        try:
            limit = int(request.query.get("perSecond", "1"))
        except ValueError:
            return problem(400, "perSecond must be a whole number.")
        verdict = self._admit("/limited " + request.query.get("key", ""), limit)
        assert verdict is not None
        if not verdict.allowed:
            return too_many(verdict)
        await asyncio.sleep(self.settings.delay_seconds())
        return reply({"ok": True}, headers=verdict.headers(time.time()))

    def _admit(self, key: str, limit: int | None) -> Verdict | None:
        return None if limit is None else self._windows[key].admit(limit)

    async def _health(self, _request: web.BaseRequest) -> web.Response:
        return reply({"status": "ok"})

    async def _truth(self, request: web.BaseRequest) -> web.Response:
        phones = request.query.getall("phone", [])
        return reply({"identities": {phone: identity_of(normalize_phone(phone)) for phone in phones}})

    async def _show_stats(self, _request: web.BaseRequest) -> web.Response:
        return reply(self.stats.as_json())

    async def _reset_stats(self, _request: web.BaseRequest) -> web.Response:
        self.stats.reset()
        return reply({"status": "reset"})

    async def _change_settings(self, request: web.BaseRequest) -> web.Response:
        try:
            current = self.settings.model_dump(by_alias=True)
            self.settings = Settings.model_validate(current | json.loads(await request.read()))
        except (ValidationError, ValueError, TypeError) as error:
            return problem(400, f"These settings are not valid: {error}")
        return reply(self.settings.model_dump(by_alias=True, exclude={"token"}))


async def status(request: web.BaseRequest) -> web.Response:
    code = request.path.removeprefix("/status/")
    if not (code.isdecimal() and 200 <= int(code) <= 599):
        return problem(400, "Ask for a status from 200 to 599.")
    return (
        reply({"status": int(code)}, status=int(code))
        if int(code) not in (204, 304)
        else web.Response(status=int(code))
    )


async def hang(request: web.BaseRequest) -> web.Response:
    try:
        seconds = float(request.query.get("seconds", "3600"))
    except ValueError:
        return problem(400, "seconds must be a number.")
    await asyncio.sleep(seconds)
    return reply({"ok": True})


def call_key(request: web.BaseRequest) -> str:
    """What the statistics count a call under."""
    if request.path == BY_PHONE:
        return request.query.get("phone", "")
    key = request.query.get("key")
    return f"{request.path} {key}" if key else request.path


@functools.lru_cache(maxsize=20_000)
def identities_json(phone: str) -> bytes:
    identity = identity_of(normalize_phone(phone))
    return json.dumps({"identities": [identity] if identity else []}).encode()


def reply(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(body=json.dumps(body).encode(), status=status, content_type=JSON, headers=headers)


def problem(status: int, message: str, headers: dict[str, str] | None = None) -> web.Response:
    return reply({"error": {"status": status, "message": message}}, status, headers)


def too_many(verdict: Verdict) -> web.Response:
    return problem(429, "Too many requests.", verdict.headers(time.time()))
