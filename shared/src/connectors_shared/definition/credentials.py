"""The credentials of a connector: which authorizes its calls, which has its secret values, and where they may go."""

from dataclasses import dataclass
from typing import Final

from connectors_shared.contract.connector import PublishedConnector, RequestConfig
from connectors_shared.contract.credential import PublishedCredential
from connectors_shared.definition.auth.kind import AuthKind
from connectors_shared.definition.auth.none import NONE
from connectors_shared.definition.auth.sealed import kind_of
from connectors_shared.definition.compilation import Compilation
from connectors_shared.definition.urls import url_origins

AUTH: Final = "/credential"
"""Where a problem of the credential itself is said to be."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Those that a definition refers to by `credentialId` and `secretsId`; they may be one."""

    auth: PublishedCredential | None = None
    secrets: PublishedCredential | None = None

    @property
    def all(self) -> tuple[PublishedCredential, ...]:
        """Each of them once."""
        found = [self.auth, self.secrets if self.secrets is not self.auth else None]
        return tuple([credential for credential in found if credential is not None])


def compile_auth(definition: PublishedConnector, credentials: Credentials, found: Compilation) -> AuthKind:
    """What authorizes the calls; nothing when a problem was reported."""
    credential = credentials.auth
    if credential is None:
        if definition.credential_id is not None:
            found.refuse("/credentialId", "is no credential that is known")
        return NONE
    kind = kind_of(credential)
    if isinstance(kind, AuthKind):
        return kind
    for problem in kind:
        found.refuse(AUTH + problem.pointer, problem.detail, unknown_word=problem.unknown_word)
    return NONE


def check_origins(config: RequestConfig, pointer: str, credentials: Credentials, found: Compilation) -> None:
    """A secret goes nowhere else than where it was meant for; the executor holds to that at each call."""
    secret = [credential for credential in credentials.all if credential.sealed]
    origins = url_origins(config.url, config.allowed_hosts) if secret else []
    for credential in secret:
        elsewhere = [origin for origin in origins if origin not in credential.allowed_origins]
        if elsewhere:
            allowed = ", ".join(credential.allowed_origins) or "no origin at all"
            found.refuse(pointer, f"the credential may not be sent to {elsewhere[0]}; it is bound to {allowed}")
