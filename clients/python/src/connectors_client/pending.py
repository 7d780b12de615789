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
from connectors_client.unreadable import Record, told_of
from connectors_shared.contract.execution import ConnectorResult
from connectors_shared.runtime.logging import get_logger

MOST_PENDING: Final = 10_000
"""Each may come to hold a result of up to 2 MiB."""


class _Head(msgspec.Struct, rename="camel"):
    """All that is read of the results of others."""

    execution_id: UUID


_HEAD: Final = msgspec.json.Decoder(_Head)
log = get_logger(__name__)


class Pending:
    """An execution whose result is awaited as long as somebody holds this."""

    __slots__ = ("__weakref__", "_outcome", "execution_id", "is_told")

    def __init__(self, execution_id: UUID) -> None:
        self.execution_id = execution_id
        self.is_told = False
        """That there is a result which cannot be read here."""
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
        self.unreadable = 0
        """How many results of what is awaited here were no messages of the contract that is known here."""

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

    def take(self, records: Iterable[Record]) -> None:
        """Of `connector.result`; what is none, and what nobody here waits for, is passed over."""
        for record in records:
            pending = self._waiting.get(execution_id) if (execution_id := _id_of(record.value)) else None
            if pending is not None:
                self._settle(pending, record)

    def _settle(self, pending: Pending, record: Record) -> None:
        """One that cannot be read is told of, since it may be a newer contract's; who waits goes on waiting, since it
        may be another program's, and the executor's comes too.
        """
        try:
            result = ConnectorResult.model_validate_json(record.value or b"")
        except ValidationError as error:
            self.unreadable += 1
            if not pending.is_told:
                log.warning("result.unreadable", execution_id=str(pending.execution_id), **told_of(record, error))
                pending.is_told = True
        else:
            pending.settle(Outcome.of(result))


def _id_of(body: bytes | None) -> UUID | None:
    try:
        return _HEAD.decode(body or b"").execution_id
    except (msgspec.MsgspecError, RecursionError):
        return None
