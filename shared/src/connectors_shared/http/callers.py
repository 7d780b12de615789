"""How a service knows its callers, as its settings say."""

from connectors_shared.http.access import Authenticate
from connectors_shared.http.published_keys import PublishedKeys, keys_client
from connectors_shared.http.tokens import SharedSecret, TokenRules, VerificationKeys, token_authenticator
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.settings import PublicServiceSettings


def published_keys_of(settings: PublicServiceSettings, clock: Clock) -> PublishedKeys | None:
    """Of the issuer, where it publishes some; to be closed in the end."""
    return None if settings.jwt_jwks_url is None else PublishedKeys(keys_client(), settings.jwt_jwks_url, clock)


def authenticator_of(settings: PublicServiceSettings, published: PublishedKeys | None = None) -> Authenticate:
    """For bearer JWTs, with the shared secret, published keys, or either."""
    rules = TokenRules(
        audience=settings.jwt_audience,
        issuer=settings.jwt_issuer,
        leeway_seconds=settings.jwt_leeway_seconds,
        role_claim=settings.jwt_role_claim,
    )
    keys: list[VerificationKeys] = [] if published is None else [published]
    if settings.jwt_secret is not None:
        keys.append(SharedSecret(settings.jwt_secret.get_secret_value()))
    return token_authenticator(*keys, rules=rules)
