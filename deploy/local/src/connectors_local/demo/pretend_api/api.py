"""The endpoints of the pretend API.

    GET  /v2/identities/byPhone?phone=…   who owns the number; bearer token, latency, optional limit
    GET  /v2/offers?creditScore=…         what may be offered; an access token of …
    POST /oauth/token                     … this authorization server (client credentials, codes, refresh tokens)
    GET  /oauth/authorize?…               … where a person allows it
    ANY  /status/{code}                   answers that status
    ANY  /hang?seconds=…                  answers after so long (default: an hour)
    POST /hang/release                    answers everything that hangs
    ANY  /limited?key=…&perSecond=…       429 beyond so many calls per second and key (default: 1)
                 &headers=ietf            … told by these headers: x, ietf, retry-after, none (default: x,retry-after)
    POST /limited/quota?key=…&perSecond=… changes what holds for the key, whatever its calls say
    ANY  /flaky?failures=…&key=…          503 for the first calls of the key (default: 1)
                 &retryAfter=…            … with a Retry-After of so many seconds
    GET  /identities?phone=…&phone=…      the truth for checks: no token, no latency, not counted
    GET  /stats  POST /stats/reset        what reached it; flaky keys fail again after a reset
    POST /settings                        changes some of the `Settings`
    GET  /healthz  GET /readyz

It runs on aiohttp's server without its router, so that it is not what a benchmark measures.
"""

import asyncio
import functools
import json
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from connectors_local.demo.pretend_api.granting import AUTHORIZE
from connectors_local.demo.pretend_api.identities import identity_of, normalize_phone
from connectors_local.demo.pretend_api.limited import Limited, too_many
from connectors_local.demo.pretend_api.limiter import SlidingWindow
from connectors_local.demo.pretend_api.loyalty import OFFERS, TOKEN, Loyalty
from connectors_local.demo.pretend_api.replies import JSON, problem, reply
from connectors_local.demo.pretend_api.trouble import Flaky, Hanging, status

BY_PHONE: Final = "/v2/identities/byPhone"
DEFAULT_TOKEN: Final = "demo-audience-acuity-token-0001"

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
        self._window = SlidingWindow(monotonic)
        self._flaky = Flaky()
        hanging = Hanging()
        loyalty = Loyalty(monotonic)
        limited = Limited(monotonic, self._delay_seconds)
        self._counted: dict[str, Handler] = {
            BY_PHONE: self._by_phone,
            OFFERS: loyalty.offers,
            TOKEN: loyalty.token,
            AUTHORIZE: loyalty.grants.authorize,
            "/hang": hanging.answer,
            "/limited": limited.answer,
            "/flaky": self._flaky.answer,
        }
        self._uncounted: dict[tuple[str, str], Handler] = {
            ("GET", "/healthz"): self._health,
            ("GET", "/readyz"): self._health,
            ("GET", "/identities"): self._truth,
            ("GET", "/stats"): self._show_stats,
            ("POST", "/stats/reset"): self._reset_stats,
            ("POST", "/hang/release"): hanging.release,
            ("POST", "/limited/quota"): limited.change,
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

    def _delay_seconds(self) -> float:
        return self.settings.delay_seconds()

    async def _by_phone(self, request: web.BaseRequest) -> web.Response:
        if request.method != "GET":
            return problem(405, "Use GET.", {"Allow": "GET"})
        if request.headers.get("Authorization") != f"Bearer {self.settings.token}":
            return problem(401, "The bearer token is missing or not valid.", {"WWW-Authenticate": "Bearer"})
        limit = self.settings.rate_per_second
        verdict = None if limit is None else self._window.admit(limit)
        if verdict and not verdict.allowed:
            return too_many(verdict)
        await asyncio.sleep(self.settings.delay_seconds())
        phone = request.query.get("phone", "")
        if not phone:
            return problem(400, "The query parameter phone is required.")
        headers = verdict.headers(time.time()) if verdict else None
        return web.Response(body=identities_json(phone), content_type=JSON, headers=headers)

    async def _health(self, _request: web.BaseRequest) -> web.Response:
        return reply({"status": "ok"})

    async def _truth(self, request: web.BaseRequest) -> web.Response:
        phones = request.query.getall("phone", [])
        return reply({"identities": {phone: identity_of(normalize_phone(phone)) for phone in phones}})

    async def _show_stats(self, _request: web.BaseRequest) -> web.Response:
        return reply(self.stats.as_json())

    async def _reset_stats(self, _request: web.BaseRequest) -> web.Response:
        self.stats.reset()
        self._flaky.reset()
        return reply({"status": "reset"})

    async def _change_settings(self, request: web.BaseRequest) -> web.Response:
        try:
            current = self.settings.model_dump(by_alias=True)
            self.settings = Settings.model_validate(current | json.loads(await request.read()))
        except (ValidationError, ValueError, TypeError) as error:
            return problem(400, f"These settings are not valid: {error}")
        return reply(self.settings.model_dump(by_alias=True, exclude={"token"}))


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
