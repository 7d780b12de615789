"""Actions as a picker and the form behind it need them."""

from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, Field

from connectors_shared.contract.actions import ActionGroup


class WhyNot(StrEnum):
    """Why an action cannot be used now."""

    DISABLED = "disabled"
    CREDENTIAL_STALE = "credential_stale"
    NO_TOKEN_YET = "no_token_yet"  # noqa: S105
    NOT_PUBLISHED = "not_published"


class Obstacle(BaseModel):
    """Why an action is not enabled, and what to do."""

    reason: WhyNot
    detail: str


class Action(BaseModel):
    """`id`: of the connector, or the kind of a built-in action. `input_schema`: field → type, required, label,
    placeholder …, in the order of the form. `success_rate` (0 to 1) and `p50_ms` are of the `executions` of the last
    thirty days, null where there are none. `category` is the group of the picker, `connector_category` what its owner
    gave the connector."""

    id: str
    kind: Literal["built_in", "connector"]
    name: str
    description: str | None
    icon: str | None
    category: ActionGroup
    connector_category: str | None = None
    version: int | None = None
    input_schema: dict[str, Any]
    output_schema: dict[str, Any] | None = None
    field_mapping_templates: list[dict[str, Any]] = Field(default_factory=list)
    enabled: bool = True
    why_not: Obstacle | None = None
    executions: int = 0
    success_rate: float | None = None
    p50_ms: float | None = None


class ActionPage(BaseModel):
    """`next_cursor` null: that was all."""

    actions: list[Action]
    next_cursor: str | None
