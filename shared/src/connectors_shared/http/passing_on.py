"""Who asks, passed on from one of our services to another in a token that both of them know the secret of.

Made anew for each request and good for a minute: what a caller presented itself, an API key for instance, stays where
it was presented.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import jwt
from pydantic import SecretStr
from starlette.requests import Request

from connectors_shared.http.access import Authenticate
from connectors_shared.http.bearer import bearer_token, unauthorized
from connectors_shared.http.principal import Kind, Principal
from connectors_shared.http.tokens import known_scopes

TYPE: Final = "connectors-caller+jwt"
"""In the header `typ` (RFC 8725, 3.11): no other token is taken for one of these, and they for no other."""
ALGORITHM: Final = "HS256"
REGISTRY: Final = "registry"
FIELD_MAPPER: Final = "mapper"
FLOW_ENGINE: Final = "flows"
LIFETIME: Final = timedelta(seconds=60)
LEEWAY: Final = timedelta(seconds=30)
"""By which the clocks of our machines may differ."""


class PassingOn:
    """On the side of the service `own`, which asks the service `to`."""

    def __init__(self, own: str, to: str, secret: SecretStr) -> None:
        self._own = own
        self._to = to
        self._secret = secret

    def header(self, who: Principal) -> str:
        """What to send as Authorization."""
        now = datetime.now(UTC)
        claims = {
            "iss": self._own,
            "aud": self._to,
            "iat": now,
            "exp": now + LIFETIME,
            "sub": who.user_id,
            "workspace_id": str(who.workspace_id),
            "kind": who.kind.value,
            "scope": " ".join(sorted(who.allowed)),
            **({"key_id": str(who.key_id)} if who.key_id else {}),
        }
        secret = self._secret.get_secret_value()
        return "Bearer " + jwt.encode(claims, secret, algorithm=ALGORITHM, headers={"typ": TYPE})


def or_passed_on(own: str, secrets_of: Mapping[str, Sequence[SecretStr]], otherwise: Authenticate) -> Authenticate:
    """Callers that one of these services passes on to the service `own`; whoever comes by himself is `otherwise`'s."""

    async def authenticate(request: Request) -> Principal:
        token = bearer_token(request)
        if not _is_passed_on(token):
            return await otherwise(request)
        for name, secrets in secrets_of.items():
            for secret in secrets:
                claims = _claims(token, name, own, secret.get_secret_value())
                if claims is not None:
                    return _principal(claims)
        raise unauthorized("The token is not valid here.")

    return authenticate


def _is_passed_on(token: str) -> bool:
    try:
        return bool(jwt.get_unverified_header(token).get("typ") == TYPE)
    except jwt.InvalidTokenError:
        return False


def _claims(token: str, issuer: str, audience: str, secret: str) -> Mapping[str, Any] | None:
    required = ["exp", "iat", "iss", "aud", "sub", "workspace_id", "kind", "scope"]
    try:
        return jwt.decode(
            token,
            secret,
            algorithms=[ALGORITHM],
            audience=audience,
            issuer=issuer,
            leeway=LEEWAY,
            options={"require": required},
        )
    except jwt.InvalidTokenError:
        return None


def _principal(claims: Mapping[str, Any]) -> Principal:
    """Of ours, so it says what it must. A scope that only a newer service knows is left out."""
    key_id = claims.get("key_id")
    return Principal(
        UUID(claims["workspace_id"]),
        str(claims["sub"]),
        Kind(claims["kind"]),
        known_scopes(claims["scope"].split()),
        key_id=UUID(key_id) if key_id else None,
    )
