"""What is recorded of changes of shared credentials; those of a connector's own are the connector's."""

from dataclasses import replace
from typing import Any, Final

from connector_registry.credentials.port import Credential, told_of, told_secrets
from connectors_shared.http.audit.differences import Change, differences
from connectors_shared.http.audit.entry import SYSTEM, Action, Entry, Thing

AUTH: Final = "/auth"


def created(credential: Credential) -> Entry:
    details = {"type": credential.type, "allowed_origins": credential.allowed_origins}
    return _entry(Action.CREATED, credential, details=details)


def changed(was: Credential, now: Credential) -> Entry:
    changes = differences(_document(was), _document(now))
    changes += differences(told_of(was), told_of(now), AUTH) + told_secrets(AUTH, was, now)
    return _entry(Action.CHANGED, now, changes)


def deleted(credential: Credential) -> Entry:
    return _entry(Action.DELETED, credential)


def rotated(credential: Credential) -> Entry:
    """All of it is under the first key now, by nobody's doing in particular. Also of a connector's own."""
    whose = {"connector_id": str(credential.connector_id)} if credential.connector_id else {}
    keys = sorted({*credential.key_ids.values(), *(credential.token.key_ids if credential.token else ())})
    return replace(_entry(Action.ROTATED, credential, details=whose | {"key_ids": keys}), actor=SYSTEM)


def _entry(
    action: Action, credential: Credential, changes: list[Change] | None = None, details: dict[str, Any] | None = None
) -> Entry:
    return Entry(
        credential.workspace_id,
        action,
        Thing.CREDENTIAL,
        credential.id,
        credential.name,
        changes=changes or (),
        details={"revision": credential.revision} | (details or {}),
    )


def _document(credential: Credential) -> dict[str, Any]:
    return {
        "name": credential.name,
        "allowed_origins": credential.allowed_origins,
        "status": credential.status.value,
    }
