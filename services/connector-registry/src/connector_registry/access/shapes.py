"""What a caller sends and gets of API keys, and of himself."""

from datetime import datetime
from typing import Annotated, Final, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from connector_registry.access.port import ApiKey
from connectors_shared.contract.model import Moment
from connectors_shared.contract.workspace import RequestsPerMinute
from connectors_shared.http.openapi import request_body
from connectors_shared.http.principal import Kind, Principal, Scope
from connectors_shared.http.roles import SCOPES_OF, WorkspaceRole, role_of

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")
]


class ApiKeyDraft(BaseModel):
    """Either `scopes` or a `role`, none beyond the caller's own. `kind` flow: it changes no connector, whatever its
    scopes say. `requests_per_minute`: of this key alone, beside the limit of the workspace."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(Scope))] | None = None
    role: WorkspaceRole | None = None
    kind: Kind = Kind.SERVICE
    expires_at: Moment | None = None
    requests_per_minute: RequestsPerMinute | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.scopes is None) == (self.role is None):
            raise ValueError("needs either scopes or a role")
        return self

    @property
    def wanted(self) -> frozenset[Scope]:
        return frozenset(self.scopes or ()) if self.role is None else SCOPES_OF[self.role]


DRAFT_BODY: Final = request_body(ApiKeyDraft)


class ApiKeyView(BaseModel):
    """`prefix`: how its text begins. `last_used_at`: to about a minute. One that has ended is refused."""

    id: UUID
    name: str
    prefix: str
    kind: Kind
    scopes: list[Scope]
    role: WorkspaceRole | None
    requests_per_minute: int | None
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str | None


class NewApiKeyView(ApiKeyView):
    """`key`: to be sent as `Authorization: Bearer <key>`. It is shown this once."""

    key: str = Field(repr=False)


class ApiKeyPage(BaseModel):
    """Newest first. `next_cursor` asks for the page after this one; null on the last."""

    api_keys: list[ApiKeyView]
    next_cursor: str | None


class SessionView(BaseModel):
    """Who asks. `role`: the highest whose scopes the caller has all, or null. `scopes`: all that it may use.
    `has_flows`: whether a flow engine answers under this address too."""

    workspace_id: UUID
    user_id: str
    kind: Kind
    role: WorkspaceRole | None
    scopes: list[Scope]
    api_key_id: UUID | None
    has_flows: bool


def view(key: ApiKey) -> ApiKeyView:
    told = {name: getattr(key, name) for name in ApiKeyView.model_fields if name not in ("scopes", "role")}
    allowed = key.principal.allowed
    return ApiKeyView(**told, scopes=sorted(allowed), role=role_of(allowed))


def session_view(who: Principal, *, has_flows: bool = False) -> SessionView:
    return SessionView(
        workspace_id=who.workspace_id,
        user_id=who.user_id,
        kind=who.kind,
        role=role_of(who.allowed),
        scopes=sorted(who.allowed),
        api_key_id=who.key_id,
        has_flows=has_flows,
    )
