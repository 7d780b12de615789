"""Forgetting applied executions that no redelivery can bring back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final, Protocol

from connectors_shared.runtime.logging import get_logger

PERIOD_SECONDS: Final = 3600

log = get_logger(__name__)


class ForgetsExecutions(Protocol):
    """Drops what is older than so many days."""

    async def forget_executions(self, older_than_days: int) -> None: ...


@asynccontextmanager
async def forgetting(contacts: ForgetsExecutions, days: int) -> AsyncIterator[None]:
    """While inside, forgets once an hour."""
    task = asyncio.create_task(_forget_for_ever(contacts, days))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _forget_for_ever(contacts: ForgetsExecutions, days: int) -> None:
    while True:
        try:
            await contacts.forget_executions(days)
        except Exception as error:
            log.warning("executions.not_forgotten", exc_info=error)
        await asyncio.sleep(PERIOD_SECONDS)
