"""`Idempotency-Key`: a POST that is sent again with its key is answered as before, and done once.

Only what was done is remembered. What creates says so before it does (`promise`), and the answer is stored in the
transaction that creates (`answers/`): whatever ends the process, a repeat gets an answer exactly when there is what it
asked for. A refusal (4xx) frees the key, since nothing happened; so does a request that was begun and is not answered
after `HELD_SECONDS`, since there would be an answer if it had been done. Should it go on after that, its transaction
finds that the key is another's, and fails.
"""

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from connectors_shared.http.access import Access
from connectors_shared.http.principal import Principal, Scope
from connectors_shared.http.problems import MalformedHeaderError, ProblemError
from connectors_shared.runtime.logging import get_logger

HEADER: Final = "Idempotency-Key"
MOST_KEY_CHARACTERS: Final = 255
KEPT_HOURS: Final = 24
HELD_SECONDS: Final = 60.0
"""How long a request without an answer keeps others of its key waiting: its process may be gone."""
KEPT_HEADERS: Final = ("content-type", "etag", "location")
SERVER_FAULTS: Final = 500
"""Statuses from here on leave it open whether something was done."""
REPLAYED: Final = {"Idempotency-Replayed": "true"}
PARAMETER: Final[Mapping[str, Any]] = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": MOST_KEY_CHARACTERS},
    "description": f"Made by the caller, one for each thing to be done. Sent again within {KEPT_HOURS} hours, the"
    " request is answered as before and done once.",
}
"""For `parameters` in the `openapi_extra` of a route; what it may refuse is then told of too."""

Handler = Callable[[Request], Awaitable[Response]]
log = get_logger(__name__)


class KeyReusedError(ProblemError):
    status = 422
    kind = "idempotency-key-reused"
    title = "The Idempotency-Key belongs to another request"
    detail = "Send this request with a key of its own; the same key is for the very same request only."


class KeyInUseError(ProblemError):
    status = 409
    kind = "idempotency-key-in-use"
    title = "A request with this Idempotency-Key has no answer yet"
    detail = (
        "It is under way, or broke off and was not done. Send it again under the same key: within a minute it is"
        " answered, or done."
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, to be answered again."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Held:
    """A key, as it is the request's that began at that time: who has it later began later."""

    workspace_id: UUID
    key: str
    begun_at: datetime


@dataclass(slots=True)
class _Keyed:
    """The request that is under way here, which has a key."""

    held: Held
    promised: Answer | None = None


_UNDER_WAY: Final[ContextVar[_Keyed | None]] = ContextVar("idempotent_request", default=None)


def is_promised_for() -> bool:
    """Has the request under way a key, so that what it is to be answered is worth finding out before it is done?"""
    return _UNDER_WAY.get() is not None


def promise(status: int, body: BaseModel, headers: Mapping[str, str]) -> None:
    """What the request under way is to be answered once it is done, for who sends it again. Without a key nothing."""
    keyed = _UNDER_WAY.get()
    if keyed is not None:
        kept = {name.lower(): value for name, value in headers.items()}
        keyed.promised = Answer(status, {"content-type": "application/json", **kept}, body.model_dump_json().encode())


def no_promise(*_done: object) -> None:
    """Where nobody is to be answered again."""


def promised() -> tuple[Held, Answer] | None:
    """What is to be stored in the transaction that does what the request under way asks for."""
    keyed = _UNDER_WAY.get()
    return (keyed.held, keyed.promised) if keyed is not None and keyed.promised else None


@dataclass(frozen=True, slots=True)
class Earlier:
    """A request that had the key first. `fingerprint` tells it from another one, and from another caller's; no answer:
    it has none yet."""

    fingerprint: bytes
    answer: Answer | None


class IdempotentAnswers(Protocol):
    """By workspace and key, for `KEPT_HOURS`. Raises what the store raises."""

    async def begin(self, workspace_id: UUID, key: str, fingerprint: bytes) -> Earlier | Held:
        """Held: the key is this request's now. One of two that begin at once gets the other as the earlier."""

    async def finish(self, held: Held, answer: Answer) -> None:
        """Nothing, where the key is another's by now; so is `forget`."""

    async def forget(self, held: Held) -> None:
        """The key is free again, unless there is an answer."""


class Idempotency:
    """Makes those routes of an `APIRouter(route_class=idempotency.route_class)` idempotent that tell of `PARAMETER`.

    `secret` keys the fingerprints of bodies: they may hold a secret that somebody who reads the store could guess.
    """

    def __init__(self, access: Access, answers: IdempotentAnswers, secret: bytes) -> None:
        self._access = access
        self._answers = answers
        self._secret = secret

    @property
    def route_class(self) -> type[APIRoute]:
        once = self._once

        class IdempotentRoute(APIRoute):
            def get_route_handler(self) -> Handler:  # type: ignore[override]
                handle = super().get_route_handler()
                if dict(PARAMETER) not in (self.openapi_extra or {}).get("parameters", []):
                    return handle
                scopes = frozenset(map(Scope, _scopes_of(self.dependant)))

                async def keyed(request: Request) -> Response:
                    key = request.headers.get(HEADER)
                    return await handle(request) if key is None else await once(request, key, scopes, handle)

                return keyed

        return IdempotentRoute

    async def _once(self, request: Request, key: str, scopes: frozenset[Scope], handle: Handler) -> Response:
        if not key.isascii() or not key.isprintable() or not 0 < len(key) <= MOST_KEY_CHARACTERS:
            raise MalformedHeaderError(f"{HEADER} holds 1 to {MOST_KEY_CHARACTERS} printable ASCII characters.")
        # Before the earlier answer is told: who may not do it may not read what came of it.
        who = await self._access.having(request, scopes)
        fingerprint = await self._fingerprint(request, who)
        held = await self._answers.begin(who.workspace_id, key, fingerprint)
        if isinstance(held, Earlier):
            return _again(held, fingerprint)
        under_way = _UNDER_WAY.set(_Keyed(held))
        try:
            response = await handle(request)
        except (ProblemError, RequestValidationError, HTTPException) as error:
            if _is_refusal(error):
                await self._answers.forget(held)
            raise
        finally:
            _UNDER_WAY.reset(under_way)
        await self._remember(held, response)
        return response

    async def _remember(self, held: Held, response: Response) -> None:
        """What was done is told, also when this fails: the promise is kept then."""
        headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
        try:
            await self._answers.finish(held, Answer(response.status_code, headers, bytes(response.body)))
        except Exception as error:
            log.warning("idempotency.not_remembered", error=type(error).__name__)

    async def _fingerprint(self, request: Request, who: Principal) -> bytes:
        mac = hmac.new(self._secret, digestmod=hashlib.sha256)
        for part in (who.kind.value, who.user_id, request.url.path, request.url.query):
            mac.update(part.encode("utf-8", "surrogateescape") + b"\x00")
        mac.update(await request.body())
        return mac.digest()


def _scopes_of(dependant: Dependant) -> Iterator[str]:
    """That the route asks for, wherever among its dependencies."""
    yield from dependant.own_oauth_scopes or ()
    for inner in dependant.dependencies:
        yield from _scopes_of(inner)


def _is_refusal(error: Exception) -> bool:
    """Whether it is the caller's mistake: then nothing was done."""
    if isinstance(error, ProblemError):
        return error.problem.status < SERVER_FAULTS
    return not isinstance(error, HTTPException) or error.status_code < SERVER_FAULTS


def _again(earlier: Earlier, fingerprint: bytes) -> Response:
    if not hmac.compare_digest(earlier.fingerprint, fingerprint):
        raise KeyReusedError
    if earlier.answer is None:
        raise KeyInUseError
    answer = earlier.answer
    return Response(answer.body, answer.status, answer.headers | REPLAYED)
