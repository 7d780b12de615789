"""What somebody can do about a connector that does not run: for operators and for the owner alike."""

from collections.abc import Mapping
from typing import Final

from connectors_shared.contract.status import ConnectorStatus, State

ADVICE: Final[Mapping[str, str]] = {
    State.RUNNING: "Nothing. It runs.",
    State.IDLE: "Nothing. If a flow should have called it, look at the runs of that flow.",
    State.LIMITED: "Nothing: it goes on by itself. Raise its limit only if the other side has agreed to more.",
    State.BREAKER_OPEN: "Look at the other side, which fails or does not answer. It is tried again by itself.",
    State.UNHEALTHY: "Find out why every call fails, correct the connector, and have it tried now.",
    State.CREDENTIAL_STALE: "Connect the credential again. What is parked then goes on by itself.",
    State.DEFINITION_UNREADABLE: "Bring the executor to the registry's version. What is parked then goes on by itself.",
    State.CREDENTIAL_UNREADABLE: "Bring the executor to the registry's version. What is parked then goes on by itself.",
    State.CREDENTIAL_MISSING: "Save the connector again: its credential is published with it. What is parked goes on.",
    State.TOKEN_MISSING: "Nothing, if it is over soon: the provider is asked again by itself. If it lasts, look at "
    "what the credential says of it.",
    State.DISABLED: "Enable the connector, if it was not switched off on purpose.",
    State.PAUSED: "Nothing: it goes on by itself when the executor's store answers again.",
    State.UNKNOWN: "Check the id. If it is right, the executor has not heard of it: save the connector again, or look "
    "into the executor's log.",
}
REASON_ADVICE: Final = {
    "queue_full": "Look at the other side: it takes calls and does not answer them. A shorter timeout of the connector "
    "helps.",
    "share_used_up": "Look for calls that take long, its own or its neighbours'. Another executor, or a larger "
    "CONNECTORS_MAX_IN_FLIGHT, makes every share larger.",
}
"""Where the state alone would say that there is nothing to do."""
NEWER: Final = "This program does not know the state {state!r}: update it."


def advice(status: ConnectorStatus) -> str:
    for code, text in REASON_ADVICE.items():
        if any(reason.code == code for reason in status.reasons):
            return text
    return ADVICE.get(status.state, NEWER.format(state=status.state))
