"""What the executor has answered, as an answer of ours."""

from starlette.responses import Response

from connector_registry.executions.port import Fault, Refused
from connector_registry.trials.problems import FAULTS
from connectors_shared.contract.model import Message
from connectors_shared.http.problems import RelayedProblemError


def answered(answer: Message | Refused | Fault) -> Response:
    """Raises ProblemError for what is no answer."""
    if isinstance(answer, Refused):
        headers = {"Retry-After": answer.retry_after} if answer.retry_after else None
        raise RelayedProblemError(answer.problem, headers)
    if isinstance(answer, Fault):
        raise FAULTS[answer]()
    return Response(answer.to_json(), media_type="application/json")
