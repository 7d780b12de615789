"""An API key as a principal."""

from starlette.requests import Request

from connector_registry.access.port import PresentedKeys
from connector_registry.access.texts import hash_of
from connectors_shared.http.access import Authenticate
from connectors_shared.http.bearer import KEY_PREFIX, bearer_token, unauthorized
from connectors_shared.http.principal import Principal
from connectors_shared.runtime.clock import Clock


def or_api_key(keys: PresentedKeys, clock: Clock, otherwise: Authenticate) -> Authenticate:
    """Callers with a key, each of whom is looked up: one that is revoked is refused by every replica from then on."""

    async def authenticate(request: Request) -> Principal:
        token = bearer_token(request)
        if not token.startswith(KEY_PREFIX):
            return await otherwise(request)
        key_hash, now = hash_of(token), clock.now()
        key = None if key_hash is None else await keys.presented(key_hash, now)
        if key is None:
            raise unauthorized("There is no such API key.")
        if not key.is_alive(now):
            raise unauthorized(f"The API key {key.prefix} {'has expired' if key.revoked_at is None else 'is revoked'}.")
        return key.principal

    return authenticate
