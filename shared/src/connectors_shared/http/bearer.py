"""The bearer token of a request, and what is said when it is none."""

from typing import Final

from starlette.requests import Request

from connectors_shared.http.problems import UnauthorizedError

CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="connectors"'}
KEY_PREFIX: Final = "cnk_"
"""How API keys begin, so that they are told from other tokens, by us and by whoever looks for leaked secrets."""
MOST_TOKEN_CHARACTERS: Final = 16_384


def bearer_token(request: Request) -> str:
    """Raises UnauthorizedError."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or len(token) > MOST_TOKEN_CHARACTERS:
        raise unauthorized("Send an Authorization header: Bearer, a space, then the token.")
    return token


def unauthorized(detail: str) -> UnauthorizedError:
    return UnauthorizedError(detail, headers=CHALLENGE)
