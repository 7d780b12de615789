"""The internal API of a service: for operators and other services, who know its one token."""

import hmac
from collections.abc import Callable
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import SecretStr

from connectors_shared.http.actor import Actor, remember
from connectors_shared.http.problems import ProblemError, UnauthorizedError
from connectors_shared.runtime.settings import MIN_TOKEN_LENGTH

VARIABLE: Final = "CONNECTORS_INTERNAL_TOKEN"
CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="connectors-internal"'}
BEARER: Final = HTTPBearer(
    scheme_name="internal", description="The service's own CONNECTORS_INTERNAL_TOKEN.", auto_error=False
)

Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]


class InternalApiOffError(ProblemError):
    status = 503
    kind = "internal-api-off"
    title = "The internal API is off"


def internal_caller(
    token: SecretStr | None, variable: str = VARIABLE, name: str = "internal"
) -> Callable[[Request, Credentials], None]:
    """A FastAPI dependency that answers 401 to anything but the token, and 503 when the service has none.

    `variable` is where the token comes from, `name` whose it is, for the log. Raises ValueError for a token that is too
    short to be safe.
    """
    if token is not None and len(token.get_secret_value()) < MIN_TOKEN_LENGTH:
        raise ValueError(f"{variable} needs at least {MIN_TOKEN_LENGTH} characters")

    def authenticate(request: Request, credentials: Credentials) -> None:
        if token is None:
            detail = f"Start the service again after you set {variable} ({MIN_TOKEN_LENGTH}+ characters)."
            raise InternalApiOffError(detail)
        if credentials is None or not _same(credentials.credentials, token):
            detail = f"Send an Authorization header: Bearer, a space, then the service's {variable}."
            raise UnauthorizedError(detail, headers=CHALLENGE)
        remember(request.scope, Actor(name))

    return authenticate


def _same(presented: str, token: SecretStr) -> bool:
    # A header arrives as Latin-1, whatever its bytes meant.
    return hmac.compare_digest(presented.encode("latin-1", "replace"), token.get_secret_value().encode())
