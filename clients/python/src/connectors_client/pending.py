"""Who waits for which result: the part of the inbox that knows nothing of Kafka."""

import asyncio
from collections.abc import Iterable
from typing import Final
from uuid import UUID
from weakref import WeakValueDictionary

import msgspec
from pydantic import ValidationError

from connectors_client.errors import OutcomeLateError, TooManyPendingError
from connectors_client.outcome import Outcome
from connectors_shared.contract.execution import ConnectorResult

MOST_PENDING: Final = 10_000
"""Each may come to hold a result of up to 2 MiB."""


class _Head(msgspec.Struct, rename="camel"):
    """All that is read of the results of others."""

    execution_id: UUID


_HEAD: Final = msgspec.json.Decoder(_Head)


class Pending:
    """An execution whose result is awaited as long as somebody holds this."""

    __slots__ = ("__weakref__", "_outcome", "execution_id")

    def __init__(self, execution_id: UUID) -> None:
        self.execution_id = execution_id
        self._outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

    @property
    def done(self) -> bool:
        return self._outcome.done()

    def settle(self, outcome: Outcome) -> None:
        """The first one counts: a result may be published again after a crash, the same as before."""
        if not self._outcome.done():
            self._outcome.set_result(outcome)

    async def outcome(self, timeout_seconds: float | None = None) -> Outcome:
        """Raises OutcomeLateError when the time is over; it can be awaited again then."""
        try:
            async with asyncio.timeout(timeout_seconds):
                return await asyncio.shield(self._outcome)
        except TimeoutError:
            message = f"no result within {timeout_seconds:g} s"
            raise OutcomeLateError(self.execution_id, message, may_have_happened=True) from None


class PendingTable:
    """By execution id; what nobody holds any more is forgotten."""

    def __init__(self, most: int = MOST_PENDING) -> None:
        self._most = most
        self._waiting: WeakValueDictionary[UUID, Pending] = WeakValueDictionary()

    def __len__(self) -> int:
        return len(self._waiting)

    def expect(self, execution_id: UUID) -> Pending:
        """All who wait for one id share it. Raises TooManyPendingError."""
        found = self._waiting.get(execution_id)
        if found is not None:
            return found
        if len(self._waiting) >= self._most:
            raise TooManyPendingError(f"{self._most} executions are pending in this process; await some of them first")
        pending = self._waiting[execution_id] = Pending(execution_id)
        return pending

    def take(self, bodies: Iterable[bytes | None]) -> None:
        """Values of `connector.result`; what is none, and what nobody here waits for, is passed over."""
        for body in bodies:
            pending = self._waiting.get(execution_id) if (execution_id := _id_of(body)) else None
            if pending is not None and body is not None:
                _settle(pending, body)


def _id_of(body: bytes | None) -> UUID | None:
    try:
        return _HEAD.decode(body or b"").execution_id
    except (msgspec.MsgspecError, RecursionError):
        return None


def _settle(pending: Pending, body: bytes) -> None:
    try:
        result = ConnectorResult.model_validate_json(body)
    except ValidationError:
        return  # not a result: whoever wrote it, the executor's comes too
    pending.settle(Outcome.of(result))
