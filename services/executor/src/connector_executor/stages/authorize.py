"""Open the credential at the moment of use and turn it into headers or query parameters."""

import base64

from connector_executor.outcome import Failure
from connectors_shared.contract.connector import ApiKeyAuth, BasicAuth, BearerAuth, PublishedConnector
from connectors_shared.contract.failure import FailureType
from connectors_shared.runtime.secrets import Keyring, SecretPlace, UnsealError

Pairs = list[tuple[str, str]]


class Authorizer:
    """Holds the keys; the plaintext lives only in the request that it builds."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def authorize(self, connector: PublishedConnector) -> tuple[Pairs, Pairs] | Failure:
        """(headers, query parameters) to add."""
        try:
            return self._pairs(connector)
        except UnsealError as error:
            return Failure(FailureType.CREDENTIAL_UNUSABLE, f"The stored credential cannot be used: {error}.")

    def _pairs(self, connector: PublishedConnector) -> tuple[Pairs, Pairs]:
        auth = connector.auth
        if auth.type == "none":  # isinstance() of a pydantic model is slow
            return [], []
        if auth.type == "bearer":
            token = self._open(connector, auth, "token", auth.token)
            return [("Authorization", f"Bearer {token}")], []
        if auth.type == "apikey":
            pair = (auth.name, self._open(connector, auth, "key", auth.key))
            return ([pair], []) if auth.location == "header" else ([], [pair])
        password = self._open(connector, auth, "password", auth.password)
        encoded = base64.b64encode(f"{auth.username}:{password}".encode()).decode()
        return [("Authorization", f"Basic {encoded}")], []

    def _open(
        self,
        connector: PublishedConnector,
        auth: BearerAuth | ApiKeyAuth | BasicAuth,
        field: str,
        sealed: str,
    ) -> str:
        place = SecretPlace(str(connector.workspace_id), str(auth.credential_id), field)
        return self._keyring.open(sealed, place)
