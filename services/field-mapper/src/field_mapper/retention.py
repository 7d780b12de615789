"""Forgetting what no redelivery can bring back, and making room for the days to come."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from typing import Final, Protocol

from connectors_shared.runtime.logging import get_logger

PERIOD_SECONDS: Final = 3600

log = get_logger(__name__)


class Forgets(Protocol):
    """What is kept for so many days."""

    async def keep_update_days(self, days_kept: int) -> None: ...
    async def forget(self, older_than_days: int) -> None: ...


@asynccontextmanager
async def forgetting(contacts: Forgets, days: int, message_days: int) -> AsyncIterator[None]:
    """While inside, once an hour. `message_days`: of the messages, which a restart may have to publish again."""
    task = asyncio.create_task(_forget_for_ever(contacts, days, message_days))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _forget_for_ever(contacts: Forgets, days: int, message_days: int) -> None:
    while True:
        await _tried("update_days.not_kept", contacts.keep_update_days(message_days))
        await _tried("executions.not_forgotten", contacts.forget(days))
        await asyncio.sleep(PERIOD_SECONDS)


async def _tried(failure: str, work: Awaitable[None]) -> None:
    """What fails is tried again in an hour, and the other one all the same."""
    try:
        await work
    except Exception as error:
        log.warning(failure, exc_info=error)
