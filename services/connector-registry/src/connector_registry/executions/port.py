"""Who executes, and what can come of it."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol
from uuid import UUID

from connector_registry.executions.shapes import Order
from connectors_shared.contract.execution import ConnectorResult
from connectors_shared.http.problems import Problem


@dataclass(frozen=True, slots=True)
class Refused:
    """The executor says why there is no outcome. `retry_after` as in the header of that name."""

    problem: Problem
    retry_after: str | None = None


class Fault(Enum):
    """Why nothing can be said about the outcome."""

    OFF = "off"
    """No executor is configured."""
    UNREACHABLE = "unreachable"
    """The call has not begun."""
    LOST = "lost"
    """The connection broke after the order was sent: the call may have happened."""
    LATE = "late"
    """No answer although its time is over: the call may still happen."""
    TOKEN_REFUSED = "token_refused"  # noqa: S105  a word, not a token
    """The executor has another internal token."""
    UNUSABLE = "unusable"
    """What answered did not answer like an executor."""
    TOO_LARGE = "too_large"
    """With all that belongs to it, it is more than an executor takes; nothing was sent."""
    FOREIGN = "foreign"
    """The execution id belongs to a call of another connector."""


Answer = ConnectorResult | Refused | Fault


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for an execution. The limits are None for a workspace that has settled nothing: the defaults."""

    is_known: bool
    """The workspace has such a connector."""
    waiting_callers: int | None = None
    requests_per_minute: int | None = None


class ExecutionTerms(Protocol):
    """Asked before each execution, so one question is all that it may cost."""

    async def of(self, workspace_id: UUID, connector_id: UUID) -> Terms: ...


class Executions(Protocol):
    """Executes orders; the same execution id never causes a second call."""

    async def execute(self, order: Order) -> Answer:
        """Returns when there is an outcome, or soon after `order.wait_seconds`."""
