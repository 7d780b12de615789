"""The internal API of a service: for operators and other services, each of whom it knows by a secret of their own."""

from collections.abc import Callable
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from connectors_shared.http.actor import Actor, remember
from connectors_shared.http.problems import ProblemError, UnauthorizedError
from connectors_shared.runtime.identities import MIN_TOKEN_LENGTH, Identities

EXECUTOR: Final = "executor"
"""The name of executors as callers."""
VARIABLE: Final = "CONNECTORS_INTERNAL_CALLERS"
CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="connectors-internal"'}
BEARER: Final = HTTPBearer(
    scheme_name="internal",
    description=f"The secret of the caller, which the service has in {VARIABLE} beside the caller's name.",
    auto_error=False,
)

Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]


class InternalApiOffError(ProblemError):
    status = 503
    kind = "internal-api-off"
    title = "The internal API is off"
    detail = (
        f"Start the service again after you set {VARIABLE} to name:secret of whoever may call it, the secret of"
        f" {MIN_TOKEN_LENGTH} characters or more."
    )


class NotThisCallerError(ProblemError):
    status = 403
    kind = "not-this-caller"
    title = "It is not for this caller"


def internal_caller(identities: Identities, *allowed: str) -> Callable[[Request, Credentials], None]:
    """A FastAPI dependency that answers 401 to anything but the secret of a known caller, and 503 when there is none.

    `allowed`: the names for whom it is, 403 to others; without any it is for all that are known. Who calls is logged.
    """

    def authenticate(request: Request, credentials: Credentials) -> None:
        if not identities:
            raise InternalApiOffError
        name = None if credentials is None else identities.name_of(credentials.credentials)
        if name is None:
            detail = (
                f"Send an Authorization header: Bearer, a space, then a secret that this service has in {VARIABLE}."
            )
            raise UnauthorizedError(detail, headers=CHALLENGE)
        remember(request.scope, Actor(name))
        if allowed and name not in allowed:
            raise NotThisCallerError(f"It is for {', '.join(allowed)}; you are {name}.")

    return authenticate
