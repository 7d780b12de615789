"""Why the registry cannot tell what came of an execution, and what the caller is to do."""

from collections.abc import Mapping
from typing import Final

from connector_registry.executions.port import Fault
from connectors_shared.http.body_limit import MAX_REQUEST_BYTES
from connectors_shared.http.execution_problems import EXECUTION_PROBLEMS
from connectors_shared.http.internal import InternalApiOffError
from connectors_shared.http.problems import FieldProblem, ProblemError, TooLargeError


class ExecutorNotConfiguredError(ProblemError):
    status = 503
    kind = "executor-not-configured"
    title = "Nothing can be executed here"
    detail = (
        "Start the registry again after you set CONNECTORS_EXECUTOR_URL to the address of an executor and"
        " CONNECTORS_EXECUTOR_TOKEN to the secret that the executor has for the registry."
    )


class ExecutorUnreachableError(ProblemError):
    status = 502
    kind = "executor-unreachable"
    title = "The executor cannot be reached"
    detail = (
        "This request has begun no call; one that it repeats may have. Send it again with executionId {execution_id}"
        " and requestedAt {requested_at}. If that does not help, check that an executor runs at the registry's"
        " CONNECTORS_EXECUTOR_URL."
    )


class ExecutorLostError(ProblemError):
    status = 502
    kind = "executor-lost"
    title = "The connection to the executor broke"
    detail = (
        "The call may have happened. Send it again with executionId {execution_id} and requestedAt {requested_at}"
        " to get its outcome; with another id it may happen twice."
    )


class NoAnswerYetError(ProblemError):
    status = 504
    kind = "still-running"
    title = "No outcome in time"
    detail = (
        "The call may go on; its result will be on connector.result. Do not send it again under another"
        " executionId than {execution_id}, asked for at {requested_at}."
    )


class ExecutorRefusesRegistryError(ProblemError):
    status = 502
    kind = "executor-refuses-registry"
    title = "The executor does not know the registry"
    detail = (
        "Start the registry with the CONNECTORS_EXECUTOR_TOKEN that the executor has in CONNECTORS_INTERNAL_CALLERS."
    )


class ExecutorFailedError(ProblemError):
    status = 502
    kind = "executor-failed"
    title = "The executor gave no usable answer"
    detail = (
        "Its log may say why; check also that the registry's CONNECTORS_EXECUTOR_URL is the address of an executor."
        " The call may have happened: send it again only with executionId {execution_id} and requestedAt"
        " {requested_at}."
    )


class OrderTooLargeError(TooLargeError):
    detail = f"With all that belongs to it, it would be more than the {MAX_REQUEST_BYTES} bytes that an executor takes."

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail, errors=[FieldProblem(pointer="/inputs", detail="must be shorter")])


class ExecutionIdTakenError(ProblemError):
    status = 409
    kind = "execution-id-taken"
    title = "This execution id is of another connector"
    detail = "Use a new executionId to call this connector."


FAULTS: Final[Mapping[Fault, type[ProblemError]]] = {
    Fault.OFF: ExecutorNotConfiguredError,
    Fault.UNREACHABLE: ExecutorUnreachableError,
    Fault.LOST: ExecutorLostError,
    Fault.LATE: NoAnswerYetError,
    Fault.TOKEN_REFUSED: ExecutorRefusesRegistryError,
    Fault.UNUSABLE: ExecutorFailedError,
    Fault.TOO_LARGE: OrderTooLargeError,
    Fault.FOREIGN: ExecutionIdTakenError,
}
NO_OUTCOME: Final = (*EXECUTION_PROBLEMS, InternalApiOffError, *FAULTS.values())
"""All that may be answered instead of an outcome."""
