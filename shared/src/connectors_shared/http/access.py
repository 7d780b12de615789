"""What a route asks of its caller: to be known, to ask not too often, and to have a scope."""

import math
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Final
from uuid import UUID

from fastapi import Depends, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes
from starlette.requests import Request

from connectors_shared.http.actor import Actor, remember
from connectors_shared.http.principal import Principal, Scope
from connectors_shared.http.problems import ProblemError
from connectors_shared.http.rate_limits import SENDS, remember_allowances
from connectors_shared.http.request_context import identify
from connectors_shared.http.request_limits import RequestLimits

Authenticate = Callable[[Request], Awaitable[Principal]]
"""Raises ProblemError (401)."""
Settle = Callable[[UUID], Awaitable[None]]
"""Sees to it that the limits know what a workspace has settled."""
BEARER: Final = HTTPBearer(
    scheme_name="bearer",
    bearerFormat="JWT",
    description="A JWT with the claims sub, exp, aud, workspace_id, kind (user, service, flow), scope (names separated"
    " by spaces) or connectors_role (viewer, editor, admin); at the registry also an API key.",
    auto_error=False,
)
PRINCIPAL: Final = "connectors.principal"
# For the OpenAPI document; `Authenticate` reads the header itself.
Described = Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]


class MissingScopeError(ProblemError):
    status = 403
    kind = "missing-scope"
    title = "Not allowed"
    sends: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": "The scope that is missing."}


class TooManyRequestsError(ProblemError):
    status = 429
    kind = "too-many-requests"
    title = "The workspace, or its key, asks too often"
    detail = "Send it again after Retry-After seconds; all callers of the workspace share one limit."
    sends: ClassVar[Mapping[str, str]] = {"Retry-After": "Seconds after which it may be sent again."} | SENDS


class Access:
    """Gives routes their caller. 401 to nobody, 429 to a workspace that asks too often, 403 without the scope."""

    def __init__(
        self, authenticate: Authenticate, limits: RequestLimits | None = None, settle: Settle | None = None
    ) -> None:
        self._authenticate = authenticate
        self._limits = limits
        self._settle = settle

    def signed_in(self) -> Any:
        """A FastAPI dependency, the Principal, whatever it may do."""
        return Security(self._authorized, scopes=[])

    def requires(self, scope: Scope) -> Any:
        """A FastAPI dependency, the Principal; the OpenAPI document says which scope the route wants."""
        return Security(self._authorized, scopes=[scope.value])

    async def known(self, request: Request, some_of: Sequence[Scope] = ()) -> Principal:
        """The caller, of whichever scopes unless he must have one of `some_of`; who has been asked for in this request
        already counts once."""
        principal = await self._known(request)
        if some_of and not any(principal.may(scope) for scope in some_of):
            raise _missing(some_of[0])
        return principal

    async def _known(self, request: Request) -> Principal:
        kept = request.scope.get(PRINCIPAL)
        if isinstance(kept, Principal):
            return kept
        principal = await self._authenticate(request)
        remember(request.scope, _actor(principal))
        identify(principal)
        if self._settle is not None:
            await self._settle(principal.workspace_id)
        self._admit(request, principal)
        request.scope[PRINCIPAL] = principal
        return principal

    async def having(self, request: Request, scopes: Iterable[Scope]) -> Principal:
        """The caller, who has all of them."""
        principal = await self.known(request)
        for scope in scopes:
            if not principal.may(scope):
                raise _missing(scope)
        return principal

    async def _authorized(self, request: Request, needed: SecurityScopes, _described: Described) -> Principal:
        return await self.having(request, map(Scope, needed.scopes))

    def _admit(self, request: Request, principal: Principal) -> None:
        """A request that is refused by one limit counts for none."""
        limits = self._limits
        if limits is None:
            return
        limited = {"workspace": principal.workspace_id}
        if principal.key_id is not None and principal.requests_per_minute is not None:
            limits.allow(principal.key_id, principal.requests_per_minute)
            limited["key"] = principal.key_id
        wait_seconds = max(map(limits.wait_seconds, limited.values()))
        for whose in limited.values() if wait_seconds == 0 else ():
            limits.take(whose)
        remember_allowances(request.scope, {name: limits.allowance(whose) for name, whose in limited.items()})
        if wait_seconds > 0:
            raise TooManyRequestsError(headers={"Retry-After": str(math.ceil(wait_seconds))})


def _actor(who: Principal) -> Actor:
    return Actor(who.kind.value, who.user_id, str(who.workspace_id), str(who.key_id) if who.key_id else None)


def _missing(scope: Scope) -> MissingScopeError:
    challenge = f'Bearer realm="connectors", error="insufficient_scope", scope="{scope.value}"'
    detail = f"This needs the scope {scope.value}. Ask with a token that has it."
    return MissingScopeError(detail, headers={"WWW-Authenticate": challenge})
