"""A result that the store keeps no more, read back from where it was published."""

import asyncio

import msgspec

from connector_executor.admission.port import Position
from connector_executor.recovery.kafka_results import DECODER
from connector_executor.recovery.results import OpenResults, ResultsAwayError
from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)
AT_ONCE = 2
DEADLINE_SECONDS = 5.0


class Recall:
    """For callers who repeat themselves: a few at once, and none waits for long."""

    def __init__(self, open_results: OpenResults) -> None:
        self._open_results = open_results
        self._places = asyncio.Semaphore(AT_ONCE)

    async def __call__(self, position: Position, execution_id: str) -> bytes | None:
        """None when it cannot be read (any more)."""
        try:
            async with asyncio.timeout(DEADLINE_SECONDS), self._places, self._open_results() as results:
                message = await results.message(position)
        except (ResultsAwayError, TimeoutError) as error:
            log.warning("result.unrecalled", execution_id=execution_id, why=repr(error))
            return None
        return message if message and _is_of(execution_id, message) else None


def _is_of(execution_id: str, message: bytes) -> bool:
    """The topic may have been made anew since."""
    try:
        return str(DECODER.decode(message).execution_id) == execution_id
    except (msgspec.DecodeError, ValueError, RecursionError):
        return False
