"""What the two topics tell of calls that this engine awaits."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from connectors_client import ConnectorResult, ContactUpdated, Heard
from connectors_local.flows.store.port import RunStore, Told
from connectors_shared.runtime.clock import Clock

MARK: Final = b'"flowRunId"'


def wanted(body: bytes) -> bool:
    """Whether it can be of a flow at all; what is of another engine is passed over by its execution id."""
    return MARK in body


class RunInbox:
    """Notes results and updates with their steps, and has their runs looked at."""

    def __init__(self, store: RunStore, clock: Clock, wake: Callable[[], None]) -> None:
        self._store = store
        self._clock = clock
        self._wake = wake

    async def take(self, heard: Sequence[Heard]) -> None:
        told = [told_of(message) for message in heard]
        if told and await self._store.heard(told, self._clock.now()):
            self._wake()


def told_of(message: Heard) -> Told:
    if isinstance(message, ConnectorResult):
        return Told(message.execution_id, result=result_of(message))
    return Told(message.execution_id, update=update_of(message))


def result_of(result: ConnectorResult) -> dict[str, Any]:
    """What a run needs of it, and what people look at."""
    told = {
        "success": result.success,
        "status": result.status.value,
        "data": result.data,
        "executionTime": result.execution_time,
        "attempts": len(result.attempts),
        "onError": result.on_error.value,
    }
    error = result.error.model_dump(mode="json", exclude_none=True) if result.error else None
    return told | ({"error": error} if error else {})


def update_of(update: ContactUpdated) -> dict[str, Any]:
    told = {
        "contactId": update.contact_id,
        "created": update.created,
        "userFields": update.user_fields,
        "customFields": update.custom_fields,
        "mappings": [each.model_dump(mode="json", exclude_none=True) for each in update.mappings],
        "reason": update.reason,
    }
    return {name: value for name, value in told.items() if value is not None}
