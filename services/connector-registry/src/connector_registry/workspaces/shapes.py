"""What a caller sends and gets of a workspace."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from connector_registry.workspaces.port import Workspace
from connectors_shared.contract.workspace import (
    MOST_ORIGINS,
    OriginText,
    PhoneRegion,
    RequestsPerMinute,
    RetentionDays,
    WaitingCallers,
)
from connectors_shared.definition.origins import UrlError, parse_origin, split_url
from connectors_shared.http.openapi import request_body


def _origin(text: str) -> str:
    """In the one spelling that is compared."""
    try:
        origin, target = split_url(text)
        canonical = str(parse_origin(origin))
    except UrlError as error:
        raise ValueError(error.message) from None
    if target != "/":
        raise ValueError("must end after the host, or its port: https://api.example.com")
    return canonical


AllowedOrigin = Annotated[OriginText, AfterValidator(_origin)]


class WorkspaceChange(BaseModel):
    """What is left out keeps its value. `allowed_origins`: all that connectors may call; empty for whatever is public.
    `phone_region` null: numbers without a country code are not understood.
    """

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=200)] = ""
    phone_region: PhoneRegion | None = None
    retention_days: RetentionDays = 30
    requests_per_minute: RequestsPerMinute = 6_000
    waiting_callers: WaitingCallers = 100
    allowed_origins: Annotated[list[AllowedOrigin], Field(max_length=MOST_ORIGINS)] = Field(default_factory=list)

    def fields(self) -> dict[str, Any]:
        """Those that were sent."""
        return self.model_dump(exclude_unset=True)


CHANGE_BODY: Final = request_body(WorkspaceChange)


class WorkspaceView(BaseModel):
    """`published` False, with status 202 only: it is saved, its message follows once Kafka takes it."""

    id: UUID
    name: str
    phone_region: str | None
    retention_days: int
    requests_per_minute: int
    waiting_callers: int
    allowed_origins: list[str]
    revision: int
    created_at: datetime
    updated_at: datetime
    updated_by: str
    published: bool = True


def view(workspace: Workspace, *, published: bool = True) -> WorkspaceView:
    fact = workspace.published
    return WorkspaceView(
        id=workspace.id,
        name=fact.name,
        phone_region=fact.phone_region,
        retention_days=fact.retention_days,
        requests_per_minute=fact.requests_per_minute,
        waiting_callers=fact.waiting_callers,
        allowed_origins=fact.allowed_origins,
        revision=workspace.revision,
        created_at=workspace.created_at,
        updated_at=fact.changed_at,
        updated_by=workspace.updated_by,
        published=published,
    )
