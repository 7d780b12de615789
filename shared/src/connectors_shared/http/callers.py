"""How a service knows its callers, as its settings say."""

from connectors_shared.http.access import Authenticate
from connectors_shared.http.tokens import SharedSecret, TokenRules, token_authenticator
from connectors_shared.runtime.settings import PublicServiceSettings


def authenticator_of(settings: PublicServiceSettings) -> Authenticate:
    """For bearer JWTs."""
    rules = TokenRules(
        audience=settings.jwt_audience,
        issuer=settings.jwt_issuer,
        leeway_seconds=settings.jwt_leeway_seconds,
        role_claim=settings.jwt_role_claim,
    )
    return token_authenticator(SharedSecret(settings.jwt_secret.get_secret_value()), rules=rules)
