"""What a caller sends and gets of grants."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from connector_registry.grants.port import Grant
from connectors_shared.contract.grant import Port
from connectors_shared.definition.addresses import classify_address
from connectors_shared.definition.origins import UrlError, canonical_host
from connectors_shared.http.openapi import idempotent_body


def _host(text: str) -> str:
    """In the one spelling that is compared."""
    try:
        host, is_literal = canonical_host(text)
    except UrlError as error:
        raise ValueError(error.message) from None
    refused = classify_address(host) if is_literal else None
    if refused is not None and not refused.grantable:
        raise ValueError(f"is an address that nobody is granted ({refused.name})")
    return host


class GrantDraft(BaseModel):
    """`host`: a name, or an address (IPv6 in brackets). Without `connector_id` it is for all of the workspace's."""

    model_config = ConfigDict(extra="forbid")

    host: Annotated[str, Field(min_length=1, max_length=260), AfterValidator(_host)]
    port: Port
    reason: Annotated[str, Field(min_length=1, max_length=500)]
    connector_id: UUID | None = None


DRAFT_BODY: Final = idempotent_body(GrantDraft)


class GrantView(BaseModel):
    """`published` False, with status 202 only: it is saved, its message follows once Kafka takes it.

    `in_force` False: it is for an internal host, and the operator lets no workspace reach one.
    """

    id: UUID
    connector_id: UUID | None
    host: str
    port: int
    reason: str
    created_by: str
    created_at: datetime
    in_force: bool
    published: bool = True


class GrantList(BaseModel):
    """All of the workspace's, newest first."""

    grants: list[GrantView]


class GrantDeleted(BaseModel):
    """The answer to a deletion whose message is still to be published."""

    id: UUID
    published: bool


def view(grant: Grant, *, in_force: bool, published: bool = True) -> GrantView:
    return GrantView(
        id=grant.id,
        connector_id=grant.connector_id,
        host=grant.host,
        port=grant.port,
        reason=grant.reason,
        created_by=grant.created_by,
        created_at=grant.created_at,
        in_force=in_force,
        published=published,
    )
