"""What placeholders may begin with, and what each of these has."""

from collections.abc import Mapping
from typing import Any, Final

INPUT: Final = "input"
CONTEXT: Final = "context"
WORKSPACE: Final = "workspace"
OPEN: Final = "variables"
"""The only part of the context that has parts of its own."""

Scope = Mapping[str, Any]
"""From a root to what it has; roots that a definition does not name may be missing."""

ROOTS: Final[dict[str, dict[str, str]]] = {
    INPUT: {},
    CONTEXT: {
        "contactId": "The contact that the flow runs for.",
        "flowId": "The flow.",
        "flowRunId": "This run of the flow.",
        "stepId": "The step of the flow.",
        OPEN: "What earlier steps have stored: `context.variables.enrichedData.city`.",
    },
    WORKSPACE: {
        "id": "The id of the workspace.",
        "name": "Its name.",
        "phoneRegion": "The country of its phone numbers, ISO 3166-1 alpha-2.",
    },
}
"""Root → what it has, and what that is; inputs are declared by each connector."""


def wrong_way(root: str, steps: tuple[str | int, ...]) -> str | None:
    """What is wrong with a way into a root, or None."""
    known = ROOTS[root]
    if not steps:
        return f"leads nowhere; write {root}.{next(iter(known), 'name')}"
    if not known:
        return None
    if steps[0] not in known:
        more = "; what is your own stands in context.variables" if root == CONTEXT else ""
        return f"is not known: {root} has {', '.join(known)}{more}"
    if len(steps) > 1 and steps[0] != OPEN:
        return f"leads too far: {root}.{steps[0]} is a text"
    return None
