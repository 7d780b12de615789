"""The actions that every flow engine has, beside the connectors of a workspace: what a picker shows of them."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final


class ActionGroup(StrEnum):
    """Where a picker shows an action."""

    BASIC = "basic"
    ADVANCED = "advanced"
    INTEGRATIONS = "integrations"


@dataclass(frozen=True, slots=True)
class BuiltInAction:
    """`inputs`: field → how a form asks for it, as in the input schema of a connector. `output`: a JSON Schema of what
    it leaves for later steps."""

    id: str
    name: str
    description: str
    icon: str
    group: ActionGroup
    inputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    output: dict[str, Any] | None = None


CONTACT_ID: Final = {"type": "object", "properties": {"contactId": {"type": "string"}}}

BUILT_IN_ACTIONS: Final = (
    BuiltInAction(
        id="update_contact",
        name="Update Contact",
        description="Write values onto the contact of the flow",
        icon="✏️",
        group=ActionGroup.BASIC,
        inputs={
            "userFields": {"type": "object", "label": "User fields", "description": "Field → value or template"},
            "customFields": {"type": "object", "label": "Custom fields", "description": "Field → value or template"},
        },
        output=CONTACT_ID,
    ),
    BuiltInAction(
        id="wait",
        name="Wait",
        description="Go on after a while, or at a moment",
        icon="⏳",
        group=ActionGroup.BASIC,
        inputs={
            "seconds": {"type": "number", "label": "Seconds", "description": "How long; or a moment instead"},
            "until": {"type": "string", "label": "Until", "placeholder": "2026-01-31T12:00:00Z"},
        },
    ),
    BuiltInAction(
        id="if",
        name="If",
        description="Take one of two ways, by a condition",
        icon="🔀",
        group=ActionGroup.ADVANCED,
        inputs={
            "condition": {"type": "object", "required": True, "label": "Condition"},
            "then": {"type": "array", "label": "Then", "description": "Steps for when it holds"},
            "else": {"type": "array", "label": "Else", "description": "Steps for when it does not"},
        },
    ),
)
