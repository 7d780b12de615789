"""What is to be tried, and what is answered."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import ConfigDict, Field

from connector_registry.credentials.port import Credential, TokenState
from connector_registry.schemas.comparison import SchemaChange
from connectors_shared.contract.execution import ExecutionContext, OpenContext
from connectors_shared.contract.model import Message
from connectors_shared.contract.trial import TrialReport
from connectors_shared.http.openapi import request_body


class TrialDraft(Message):
    """Inputs for one call. `context` as flows send it. After `waitSeconds` the call is cancelled."""

    model_config = ConfigDict(extra="forbid")

    inputs: dict[str, Any] = Field(default_factory=dict)
    context: OpenContext = Field(default_factory=ExecutionContext)
    wait_seconds: Annotated[float, Field(gt=0, le=120)] = 60.0


class CheckDraft(Message):
    """A connector that is not saved, as it would be created. With `connectorId` it is a change of that one: what is
    left out is as it is stored, and a mask stands for the stored secret.
    """

    model_config = ConfigDict(extra="forbid")

    connector: Annotated[dict[str, Any], Field(description="As for POST or PUT of /api/connectors.")]
    connector_id: UUID | None = None


class DraftTrialDraft(TrialDraft, CheckDraft):
    """Inputs for one call of a connector that is not saved, see `CheckDraft`."""


class ShownDraft(CheckDraft):
    """Values for a request of a connector that is not saved; what is not given is stood in for."""

    inputs: dict[str, Any] = Field(default_factory=dict)
    context: OpenContext = Field(default_factory=ExecutionContext)


CHECK_BODY: Final = request_body(CheckDraft)
TRIAL_BODY: Final = request_body(TrialDraft)
DRAFT_TRIAL_BODY: Final = request_body(DraftTrialDraft)
SHOWN_BODY: Final = request_body(ShownDraft)


class TriedToken(Message):
    """The access token that authorizes the call, as it was when the test began: the registry asks `endpoint` for one in
    a call of its own, before and beside all calls. `why`: what is wrong with it, or what a person has to do.
    """

    state: TokenState
    endpoint: str
    obtained_at: datetime | None = None
    expires_at: datetime | None = None
    why: str | None = None


class Tried(TrialReport):
    """And what the output looks like: a JSON Schema of it, and where that differs from the one the connector has.
    `token`: absent when none is obtained for it.
    """

    output_schema: dict[str, Any] | None = None
    schema_changes: list[SchemaChange] | None = None
    """Absent when the connector has none."""
    token: TriedToken | None = None


def tried_token(credential: Credential | None) -> TriedToken | None:
    token = credential.told_token if credential is not None else None
    if credential is None or token is None:
        return None
    named = {name: getattr(token, name) for name in ("state", "obtained_at", "expires_at", "why")}
    return TriedToken(endpoint=credential.public.get("token_url", ""), **named)


def tried(
    report: TrialReport,
    token: TriedToken | None,
    schema: dict[str, Any] | None = None,
    changes: list[SchemaChange] | None = None,
) -> Tried:
    named = {name: getattr(report, name) for name in TrialReport.model_fields}
    return Tried.model_construct(**named, output_schema=schema, schema_changes=changes, token=token)
