"""Why the flow engine's answer cannot be passed on."""

from collections.abc import Mapping
from typing import ClassVar

from connector_registry.relaying.problems import AGAIN
from connectors_shared.http.problems import ProblemError


class FlowsNotConfiguredError(ProblemError):
    status = 503
    kind = "flows-not-configured"
    title = "No flow engine is connected"
    detail = (
        "Start the registry again after you set CONNECTORS_FLOWS_URL to the address of an engine whose API has"
        " /api/flows and /api/runs."
    )


class FlowsNotForKeysError(ProblemError):
    status = 503
    kind = "flows-not-for-keys"
    title = "Flows do not answer to API keys here"
    detail = (
        "Ask with a token; or start the registry again after you set CONNECTORS_FLOWS_TOKEN to the secret that the"
        " flow engine knows the registry by."
    )


class FlowsUnavailableError(ProblemError):
    status = 503
    kind = "flows-unavailable"
    title = "The flow engine cannot be reached"
    detail = "Nothing was changed or started; send it again after Retry-After seconds."
    sends: ClassVar[Mapping[str, str]] = AGAIN


class FlowsLostError(ProblemError):
    status = 502
    kind = "flows-lost"
    title = "The flow engine gave no answer"
    detail = "What was asked for may have been done: look before you ask again."
