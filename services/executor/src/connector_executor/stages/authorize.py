"""Open the credential at the moment of use and turn it into headers or query parameters."""

from typing import NamedTuple

from connector_executor.outcome import Failure
from connectors_shared.contract.connector import PublishedConnector
from connectors_shared.contract.failure import FailureType
from connectors_shared.definition.auth import KINDS
from connectors_shared.definition.auth.kind import Pairs
from connectors_shared.runtime.secrets import Keyring, SecretPlace, UnsealError


class Authorization(NamedTuple):
    """Headers and query parameters to add; `secrets` are the plain texts that they are made of."""

    headers: Pairs
    query: Pairs
    secrets: tuple[str, ...]


class Authorizer:
    """Holds the keys; the plaintext lives only in the request that it builds."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def authorize(self, connector: PublishedConnector) -> Authorization | Failure:
        """The connector must have been compiled."""
        auth = connector.auth
        try:
            secrets = {name: self._open(connector, name, sealed) for name, sealed in auth.sealed.items()}
        except UnsealError as error:
            return Failure(FailureType.CREDENTIAL_UNUSABLE, f"The stored credential cannot be used: {error}.")
        return Authorization(*KINDS[auth.type].sign(auth.public, secrets), tuple(secrets.values()))

    def _open(self, connector: PublishedConnector, field: str, sealed: str) -> str:
        place = SecretPlace(str(connector.workspace_id), str(connector.auth.credential_id), field)
        return self._keyring.open(sealed, place)
