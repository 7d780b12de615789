"""What came of an execution, whichever way it was asked for."""

from dataclasses import dataclass, field
from typing import Any, Self
from uuid import UUID, uuid5

from connectors_client.errors import failure_class
from connectors_shared.contract.execution import ConnectorResult, ExecutionError
from connectors_shared.contract.failure import FailureType


@dataclass(frozen=True, slots=True)
class Outcome:
    """`execution_ms` over all attempts. `result`: the whole message, where it came over Kafka."""

    execution_id: UUID
    success: bool
    data: Any = None
    error: ExecutionError | None = None
    execution_ms: int = 0
    variables: dict[str, Any] = field(default_factory=dict)
    result: ConnectorResult | None = None

    @classmethod
    def of(cls, result: ConnectorResult) -> Self:
        return cls(
            execution_id=result.execution_id,
            success=result.success,
            data=result.data,
            error=result.error,
            execution_ms=result.execution_time,
            variables=result.variables,
            result=result,
        )

    @property
    def failure(self) -> FailureType | None:
        return self.error.type if self.error else None

    @property
    def message(self) -> str:
        return self.error.message if self.error else ""

    def raise_for_failure(self) -> Self:
        """Itself when it succeeded. Raises ExecutionFailedError, as the class that the failure belongs to."""
        if not self.success:
            raise failure_class(self.failure)(self)
        return self


def derived_execution_id(namespace: UUID, *parts: object) -> UUID:
    """The same id for the same parts, such as a run and a step, so that a repeat after a crash is a repeat.

    Each part is told apart by its length: ("ab", "c") and ("a", "bc") give different ids.
    """
    texts = [str(part) for part in parts]
    return uuid5(namespace, "".join(f"{len(text)}:{text}" for text in texts))
