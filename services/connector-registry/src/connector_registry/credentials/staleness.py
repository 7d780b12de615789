"""A credential that a person has to do something about, as a notice for them."""

from typing import Final

from connector_registry.credentials.port import NOT_CONNECTED, Credential
from connector_registry.noticing.notice import Closing, NoticeKind, Opening, Said
from connectors_shared.contract.credential import CredentialStatus

BY_HAND: Final = "Somebody has marked it as stale."


def said_of(credential: Credential) -> Said | None:
    """None for what nobody has connected yet: whoever made it knows."""
    why = credential.stale_because
    if credential.present_status is not CredentialStatus.STALE:
        return gone(credential)
    if why == NOT_CONNECTED:
        return None
    return Opening(
        credential.workspace_id,
        NoticeKind.CREDENTIAL_STALE,
        why or BY_HAND,
        connector_id=credential.connector_id,
        credential_id=credential.id,
    )


def gone(credential: Credential) -> Said:
    return Closing(
        credential.workspace_id,
        NoticeKind.CREDENTIAL_STALE,
        connector_id=credential.connector_id,
        credential_id=credential.id,
    )
