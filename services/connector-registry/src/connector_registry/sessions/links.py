"""One-time links: whoever holds the issuer's secret lets somebody sign in without handing over a token."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import jwt

from connectors_shared.http.idempotency import KEPT_HOURS, Answer, Earlier, IdempotentAnswers
from connectors_shared.http.problems import UnauthorizedError
from connectors_shared.http.tokens import said_in

AUDIENCE: Final = "connectors-sign-in"
"""Of a code. No route takes one as a token, and no token is taken as a code."""
SESSION_HOURS: Final = 12
OWN: Final = ("jti", "iat", "nbf")
USED: Final = Answer(204, {}, b"")
"""Of a link: nobody has the key of it again."""
NOT_ANY_MORE: Final = "The link has been used, or its time is over. Ask for a new one."

NO_LINKS: Final = "Sign in with a token of the identity provider: this installation makes no links."


class SignInLinks:
    """A code is a JWT for `AUDIENCE` with `jti` and `exp`, at most a day ahead, and the claims of a token.

    `secret` None: tokens are an identity provider's, and nobody here signs one.
    """

    def __init__(
        self,
        secret: str | None,
        audience: str,
        used: IdempotentAnswers,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._secret = secret
        self._audience = audience
        self._used = used
        self._now = now

    async def token_for(self, code: str) -> str:
        """A token for `SESSION_HOURS`, once. Raises UnauthorizedError."""
        if self._secret is None:
            raise UnauthorizedError(NO_LINKS)
        claims = self._claims(code, self._secret)
        try:
            workspace_id = UUID(str(said_in(claims).get("workspace_id")))
        except ValueError:
            raise UnauthorizedError(NOT_ANY_MORE) from None
        fingerprint = hashlib.sha256(code.encode()).digest()
        held = await self._used.begin(workspace_id, f"sign-in/{claims['jti']}"[:255], fingerprint)
        if isinstance(held, Earlier):
            raise UnauthorizedError(NOT_ANY_MORE)
        await self._used.finish(held, USED)
        until = self._now() + timedelta(hours=SESSION_HOURS)
        kept = {name: value for name, value in claims.items() if name not in OWN}
        return jwt.encode(kept | {"aud": self._audience, "exp": until}, self._secret, algorithm="HS256")

    def _claims(self, code: str, secret: str) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(
                code,
                secret,
                algorithms=["HS256"],
                audience=AUDIENCE,
                options={"require": ["exp", "sub", "jti"]},
            )
        except jwt.InvalidTokenError:
            raise UnauthorizedError(NOT_ANY_MORE) from None
        # That it was used is remembered for so long.
        if claims["exp"] > (self._now() + timedelta(hours=KEPT_HOURS)).timestamp():
            raise UnauthorizedError(NOT_ANY_MORE)
        return claims
