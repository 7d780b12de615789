"""A bearer JWT as a principal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

import jwt
from starlette.requests import Request

from connectors_shared.http.access import Authenticate
from connectors_shared.http.bearer import KEY_PREFIX, bearer_token, unauthorized
from connectors_shared.http.principal import Kind, Principal, Scope
from connectors_shared.http.roles import KNOWN_ROLES, SCOPES_OF

KNOWN_SCOPES: Final = {scope.value: scope for scope in Scope}
KNOWN_KINDS: Final = {kind.value: kind for kind in Kind}
ROLE_CLAIM: Final = "connectors_role"
AUDIENCE: Final = "authenticated"


@dataclass(frozen=True, slots=True)
class TokenRules:
    """What a token has to say. `issuer` None: whoever has the key. `leeway_seconds`: by which clocks may differ.
    `role_claim`: which claim names a `WorkspaceRole`."""

    audience: str = AUDIENCE
    issuer: str | None = None
    leeway_seconds: float = 0.0
    role_claim: str = ROLE_CLAIM


class VerificationKeys(Protocol):
    """The keys of one issuer, each of which goes with one algorithm, whatever a token says of itself."""

    async def key_of(self, header: Mapping[str, Any]) -> tuple[Any, str] | None:
        """Key and algorithm for a token with this header, None when there is none. Raises ProblemError (503)."""


class SharedSecret:
    """The one key of HS256, which issuer and services share."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    async def key_of(self, header: Mapping[str, Any]) -> tuple[Any, str] | None:
        return (self._secret, "HS256") if header.get("alg") == "HS256" else None


def token_authenticator(*keys: VerificationKeys, rules: TokenRules | None = None) -> Authenticate:
    """Answers 401 to anything but a valid token that is signed with one of the keys.

    Claims: `sub`, `exp`, `aud`, `workspace_id` (UUID), `scope` (RFC 9068: names of `Scope`, separated by spaces),
    the role claim and `kind` (of `Kind`, user when absent). All but the first three are also read inside
    `app_metadata`, which wins. A token with neither scope nor role may do nothing; names of scopes that are not known
    here are another API's.
    """
    told = rules or TokenRules()

    async def authenticate(request: Request) -> Principal:
        token = bearer_token(request)
        if token.startswith(KEY_PREFIX):
            raise unauthorized("API keys are accepted by the registry, contacts included: send it there.")
        header = _header_of(token)
        for each in keys:
            found = await each.key_of(header)
            if found is not None:
                return _principal(_verified(token, *found, told), told.role_claim)
        raise unauthorized("The token is not valid here.")

    return authenticate


def known_scopes(names: Iterable[str]) -> frozenset[Scope]:
    """Without those that only another version or another API knows."""
    return frozenset(KNOWN_SCOPES[name] for name in names if name in KNOWN_SCOPES)


def said_in(claims: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is said inside `app_metadata` wins."""
    metadata = claims.get("app_metadata")
    return {**claims, **metadata} if isinstance(metadata, dict) else claims


def _header_of(token: str) -> Mapping[str, Any]:
    try:
        return jwt.get_unverified_header(token)
    except jwt.InvalidTokenError:
        raise unauthorized("The token is not valid here.") from None


def _verified(token: str, key: Any, algorithm: str, rules: TokenRules) -> Mapping[str, Any]:
    needed = ["exp", "sub"] + (["iss"] if rules.issuer else [])
    try:
        return jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=rules.audience,
            issuer=rules.issuer,
            leeway=rules.leeway_seconds,
            options={"require": needed},
        )
    except jwt.ExpiredSignatureError:
        raise unauthorized("The token has expired; sign in again.") from None
    except jwt.InvalidTokenError:
        raise unauthorized("The token is not valid here.") from None


def _principal(claims: Mapping[str, Any], role_claim: str) -> Principal:
    said = said_in(claims)
    kind = said.get("kind", Kind.USER.value)
    if not isinstance(kind, str) or kind not in KNOWN_KINDS:
        raise unauthorized(f"The token's claim kind is none of {', '.join(KNOWN_KINDS)}.")
    scopes = _scopes_of(said) | _scopes_of_role(said, role_claim)
    return Principal(_workspace_of(said), str(claims["sub"]), KNOWN_KINDS[kind], scopes)


def _workspace_of(said: Mapping[str, Any]) -> UUID:
    try:
        return UUID(str(said.get("workspace_id")))
    except ValueError:
        raise unauthorized("The token names no workspace (claim workspace_id).") from None


def _scopes_of(said: Mapping[str, Any]) -> frozenset[Scope]:
    named = said.get("scope")
    names = named.split() if isinstance(named, str) else ()
    return known_scopes(names)


def _scopes_of_role(said: Mapping[str, Any], claim: str) -> frozenset[Scope]:
    """An unknown role is refused: one that may do less may be meant than what `scope` says."""
    role = said.get(claim)
    if role is None:
        return frozenset()
    if not isinstance(role, str) or role not in KNOWN_ROLES:
        raise unauthorized(f"The token's claim {claim} is none of {', '.join(KNOWN_ROLES)}.")
    return SCOPES_OF[KNOWN_ROLES[role]]
