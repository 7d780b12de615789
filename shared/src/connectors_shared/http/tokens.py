"""A bearer JWT as a principal."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import jwt
from starlette.requests import Request

from connectors_shared.http.access import Authenticate
from connectors_shared.http.principal import Kind, Principal, Scope
from connectors_shared.http.problems import UnauthorizedError

CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="connectors"'}
KNOWN_SCOPES: Final = {scope.value: scope for scope in Scope}
KNOWN_KINDS: Final = {kind.value: kind for kind in Kind}


def token_authenticator(secret: str, audience: str = "authenticated") -> Authenticate:
    """Answers 401 to anything but a valid HS256 token.

    Claims: `sub`, `exp`, `aud`, `workspace_id` (UUID), `scope` (RFC 9068: names of `Scope`, separated by spaces) and
    `kind` (of `Kind`, user when absent). The last three are also read inside `app_metadata`, which wins. A token
    without `scope` may do nothing; names that are not known here are another API's.
    """

    async def authenticate(request: Request) -> Principal:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise _unauthorized("Send an Authorization header: Bearer, a space, then the token.")
        try:
            claims = jwt.decode(
                token.strip(),
                secret,
                algorithms=["HS256"],
                audience=audience,
                options={"require": ["exp", "sub"]},
            )
        except jwt.ExpiredSignatureError:
            raise _unauthorized("The token has expired; sign in again.") from None
        except jwt.InvalidTokenError:
            raise _unauthorized("The token is not valid here.") from None
        return _principal(claims)

    return authenticate


def _principal(claims: Mapping[str, Any]) -> Principal:
    metadata = claims.get("app_metadata")
    said = {**claims, **metadata} if isinstance(metadata, dict) else claims
    kind = said.get("kind", Kind.USER.value)
    if not isinstance(kind, str) or kind not in KNOWN_KINDS:
        raise _unauthorized(f"The token's claim kind is none of {', '.join(KNOWN_KINDS)}.")
    return Principal(_workspace_of(said), str(claims["sub"]), KNOWN_KINDS[kind], _scopes_of(said))


def _workspace_of(said: Mapping[str, Any]) -> UUID:
    try:
        return UUID(str(said.get("workspace_id")))
    except ValueError:
        raise _unauthorized("The token names no workspace (claim workspace_id).") from None


def _scopes_of(said: Mapping[str, Any]) -> frozenset[Scope]:
    named = said.get("scope")
    names = named.split() if isinstance(named, str) else ()
    return frozenset(KNOWN_SCOPES[name] for name in names if name in KNOWN_SCOPES)


def _unauthorized(detail: str) -> UnauthorizedError:
    return UnauthorizedError(detail, headers=CHALLENGE)
