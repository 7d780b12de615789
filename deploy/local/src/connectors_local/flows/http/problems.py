"""How the engine's API refuses."""

from connectors_shared.http.conditions import RevisionChangedError
from connectors_shared.http.problems import ProblemError


class FlowMissingError(ProblemError):
    status = 404
    kind = "not-found"
    title = "No such flow"
    detail = "There is no flow with this id in your workspace."


class FlowChangedError(RevisionChangedError):
    kind = "flow-changed"


class FlowDeletedError(ProblemError):
    status = 409
    kind = "flow-deleted"
    title = "The flow that this Idempotency-Key has made is deleted"
    detail = "Restore it, or send this with a key of its own."


class FlowDisabledError(ProblemError):
    status = 409
    kind = "flow-disabled"
    title = "The flow is switched off"
    detail = "Enable it, then start runs of it."


class RunIdTakenError(ProblemError):
    status = 409
    kind = "run-id-taken"
    title = "A run of another flow has this id"
    detail = "Start it with a new id."


class RunMissingError(ProblemError):
    status = 404
    kind = "not-found"
    title = "No such run"
    detail = "There is no run with this id in your workspace, or it is not kept any more."


class RunEndedError(ProblemError):
    status = 409
    kind = "run-ended"
    title = "The run has ended"
    detail = "There is nothing left to cancel."
