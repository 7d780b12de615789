"""Answers about shared credentials. Secrets are masked; nothing is opened to show them."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel

from connector_registry.credentials.draft import CredentialChange, CredentialDraft
from connector_registry.credentials.port import Credential, Credentials, CredentialUser
from connectors_shared.contract.credential import CredentialStatus
from connectors_shared.http.openapi import idempotent_body, request_body
from connectors_shared.http.problems import Responses


class CredentialLine(BaseModel):
    """One credential. `auth` is flat, with a mask for each secret; `key_ids` names the encryption key of each."""

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


class CredentialView(CredentialLine):
    """With whether the executors have been told. False with status 202, or until Kafka takes it."""

    published: bool


class CredentialPage(BaseModel):
    """`next_cursor` asks for the page after this one; null on the last."""

    credentials: list[CredentialLine]
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


def line(credential: Credential, credentials: Credentials) -> CredentialLine:
    return CredentialLine(**_fields(credential, credentials))


def view(credential: Credential, credentials: Credentials, *, published: bool) -> CredentialView:
    return CredentialView(**_fields(credential, credentials), published=published)


def user(summary: CredentialUser) -> UserLine:
    return UserLine(id=summary.id, name=summary.name, enabled=summary.enabled, deleted=summary.deleted)


def _fields(credential: Credential, credentials: Credentials) -> dict[str, Any]:
    names = CredentialLine.model_fields.keys() - {"auth"}
    return {name: getattr(credential, name) for name in names} | {"auth": credentials.masked(credential)}
