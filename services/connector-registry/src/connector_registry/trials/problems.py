"""Why there is no report, and what to do."""

from collections.abc import Mapping
from typing import Final

from connector_registry.executions.port import Fault
from connectors_shared.http.body_limit import MAX_REQUEST_BYTES
from connectors_shared.http.disconnects import CallerGoneError
from connectors_shared.http.execution_problems import EXECUTION_PROBLEMS, StoppingError, TooManyCallersError
from connectors_shared.http.internal import InternalApiOffError
from connectors_shared.http.problems import FieldProblem, ProblemError, TooLargeError

LOOK: Final = "The call may have happened: look on the other side before you test one that writes once more."


class NoExecutorError(ProblemError):
    status = 503
    kind = "executor-not-configured"
    title = "Nothing can be called here"
    detail = (
        "Start the registry again after you set CONNECTORS_EXECUTOR_URL to the address of an executor and"
        " CONNECTORS_EXECUTOR_TOKEN to the secret that the executor has for the registry."
    )


class NotReachedError(ProblemError):
    status = 502
    kind = "executor-unreachable"
    title = "The executor cannot be reached"
    detail = "The call has not begun; send it again. If that does not help, check that an executor runs."


class LostError(ProblemError):
    status = 502
    kind = "executor-lost"
    title = "The connection to the executor broke"
    detail = LOOK


class NoReportError(ProblemError):
    status = 504
    kind = "still-running"
    title = "No outcome in time"
    detail = LOOK


class RefusesError(ProblemError):
    status = 502
    kind = "executor-refuses-registry"
    title = "The executor does not know the registry"
    detail = (
        "Start the registry with the CONNECTORS_EXECUTOR_TOKEN that the executor has in CONNECTORS_INTERNAL_CALLERS."
    )


class UnusableError(ProblemError):
    status = 502
    kind = "executor-failed"
    title = "The executor gave no usable answer"
    detail = f"Its log may say why; it may be of an older version than the registry. {LOOK}"


class OrderTooLargeError(TooLargeError):
    detail = (
        f"With the definition and its credentials it would be more than the {MAX_REQUEST_BYTES} bytes that an executor"
        " takes."
    )

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail, errors=[FieldProblem(pointer="/inputs", detail="must be shorter")])


FAULTS: Final[Mapping[Fault, type[ProblemError]]] = {
    Fault.OFF: NoExecutorError,
    Fault.UNREACHABLE: NotReachedError,
    Fault.LOST: LostError,
    Fault.LATE: NoReportError,
    Fault.TOKEN_REFUSED: RefusesError,
    Fault.UNUSABLE: UnusableError,
    Fault.TOO_LARGE: OrderTooLargeError,
}
NO_REPORT: Final = (*EXECUTION_PROBLEMS, InternalApiOffError, *FAULTS.values(), CallerGoneError)
"""All that may be answered instead of a report."""
NO_PREVIEW: Final[tuple[type[ProblemError], ...]] = (
    StoppingError,
    TooManyCallersError,
    InternalApiOffError,
    *FAULTS.values(),
    CallerGoneError,
)
