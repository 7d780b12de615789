"""Work that is repeated for ever, and that neither a store out of reach nor a fault ends."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)
RETRY_SECONDS = 1.0
MIN_PAUSE_SECONDS = 0.005


class Rhythm:
    """Calls `work`, which says how many seconds to pause; `wake` cuts a pause short. `name` is for the log."""

    def __init__(self, name: str, work: Callable[[], Awaitable[float]]) -> None:
        self._name = name
        self._work = work
        self._wake = asyncio.Event()
        self._reachable = True

    def wake(self) -> None:
        self._wake.set()

    async def run(self) -> None:
        """For ever. Cancel to stop."""
        while True:
            pause = await self._once()
            # Not wait_for: on Python 3.11 it forgets a cancellation that comes together with the event.
            with suppress(TimeoutError):
                async with asyncio.timeout(max(pause, MIN_PAUSE_SECONDS)):
                    await self._wake.wait()
            self._wake.clear()

    async def _once(self) -> float:
        try:
            pause = await self._work()
        except ConnectionError as error:
            if self._reachable:
                log.warning(f"{self._name}.unreachable", why=str(error))
            self._reachable = False
            await asyncio.sleep(RETRY_SECONDS)
            return 0.0
        except Exception:
            log.exception(f"{self._name}.fault")
            await asyncio.sleep(RETRY_SECONDS)
            return 0.0
        self._reachable = True
        return pause
