"""Answers about shared credentials. Secrets are masked; nothing is opened to show them."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel

from connector_registry.credentials.draft import CredentialChange, CredentialDraft
from connector_registry.credentials.port import Credential, Credentials, CredentialUser, TokenState
from connectors_shared.contract.credential import CredentialStatus
from connectors_shared.http.openapi import idempotent_body, request_body
from connectors_shared.http.problems import Responses


class TokenView(BaseModel):
    """The access token that the registry has obtained, or why it has none; never itself.

    `why`: what the provider said last time, or what a person has to do. `due_at`: when it is asked for next, null when
    that waits for a person, or for an API that refuses the present one. `connected_by`: who signed in at the provider.
    """

    state: TokenState
    why: str | None
    obtained_at: datetime | None
    expires_at: datetime | None
    due_at: datetime | None
    failures: int
    connected_by: str | None


class CredentialLine(BaseModel):
    """One credential. `auth` is flat, with a mask for each secret; `key_ids` names the encryption key of each. `token`:
    null for kinds whose secret is entered. `entered_at`: when a secret was last entered, null where that is not known.
    """

    id: UUID
    workspace_id: UUID
    name: str
    auth: dict[str, Any]
    allowed_origins: list[str]
    status: CredentialStatus
    revision: int
    key_ids: dict[str, str]
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    entered_at: datetime | None
    token: TokenView | None


class CredentialView(CredentialLine):
    """With whether the executors have been told. False with status 202, or until Kafka takes it."""

    published: bool


class ListedCredential(CredentialLine):
    """And how many connectors it authorizes, deleted ones that can be restored among them."""

    used_by: int


class CredentialPage(BaseModel):
    """`next_cursor` asks for the page after this one; null on the last."""

    credentials: list[ListedCredential]
    next_cursor: str | None


class UserLine(BaseModel):
    """A connector that a credential authorizes; `deleted`: it can still be restored."""

    id: UUID
    name: str
    enabled: bool
    deleted: bool


class UserPage(BaseModel):
    """`next_cursor` asks for the page after this one; null on the last."""

    connectors: list[UserLine]
    next_cursor: str | None


class CredentialDeleted(BaseModel):
    """The answer to a delete whose message is still to be published."""

    id: UUID
    published: bool


DRAFT_BODY: Final = idempotent_body(CredentialDraft)
CHANGE_BODY: Final = request_body(CredentialChange)
ACCEPTED: Final[Responses] = {
    202: {"model": CredentialView, "description": "Saved; its message is published as soon as Kafka takes it."}
}
DELETED: Final[Responses] = {
    202: {"model": CredentialDeleted, "description": "Deleted; executors are told as soon as Kafka takes it."}
}


def line(credential: Credential, credentials: Credentials, used_by: int) -> ListedCredential:
    return ListedCredential(**_fields(credential, credentials), used_by=used_by)


def view(credential: Credential, credentials: Credentials, *, published: bool) -> CredentialView:
    return CredentialView(**_fields(credential, credentials), published=published)


def user(summary: CredentialUser) -> UserLine:
    return UserLine(id=summary.id, name=summary.name, enabled=summary.enabled, deleted=summary.deleted)


def _fields(credential: Credential, credentials: Credentials) -> dict[str, Any]:
    names = CredentialLine.model_fields.keys() - {"auth", "token", "status"}
    return {name: getattr(credential, name) for name in names} | {
        "auth": credentials.masked(credential),
        "status": credential.present_status,
        "token": _token(credential),
    }


def _token(credential: Credential) -> TokenView | None:
    token = credential.told_token
    if token is None:
        return None
    return TokenView(**{name: getattr(token, name) for name in TokenView.model_fields})
