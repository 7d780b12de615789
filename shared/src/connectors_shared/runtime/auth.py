"""Who is calling: a bearer JWT names the workspace, the user and the role."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import jwt
from fastapi import Request

from connectors_shared.http.problems import ForbiddenError, UnauthorizedError

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="connectors"'}


class Role(StrEnum):
    """What a caller may do: look, change connectors, or everything."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"


RANK = {Role.VIEWER: 0, Role.EDITOR: 1, Role.ADMIN: 2}


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller, as the verified token says."""

    workspace_id: UUID
    user_id: str
    role: Role


def authenticator(secret: str, audience: str = "authenticated") -> Callable[[Request], Principal]:
    """A FastAPI dependency that answers 401 to anything but a valid HS256 token.

    Claims: `sub`, `exp`, `aud`, `workspace_id` (UUID; also accepted inside `app_metadata`), `role`
    (viewer, editor or admin; viewer when absent or unknown).
    """

    def authenticate(request: Request) -> Principal:
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


def require(role: Role, authenticate: Callable[[Request], Principal]) -> Callable[[Request], Principal]:
    """A dependency that also answers 403 to callers below `role`."""

    def authorize(request: Request) -> Principal:
        principal = authenticate(request)
        if RANK[principal.role] < RANK[role]:
            raise ForbiddenError(f"This needs the role {role.value}.")
        return principal

    return authorize


def _principal(claims: dict[str, object]) -> Principal:
    metadata = claims.get("app_metadata")
    inside = metadata if isinstance(metadata, dict) else {}
    workspace = claims.get("workspace_id") or inside.get("workspace_id")
    role = inside.get("role") or claims.get("role")
    try:
        workspace_id = UUID(str(workspace))
    except ValueError:
        raise _unauthorized("The token names no workspace (claim workspace_id).") from None
    known = str(role) if str(role) in RANK else Role.VIEWER
    return Principal(workspace_id=workspace_id, user_id=str(claims["sub"]), role=Role(known))


def _unauthorized(detail: str) -> UnauthorizedError:
    return UnauthorizedError(detail, headers=CHALLENGE)
