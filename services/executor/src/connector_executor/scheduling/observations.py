"""What upstreams say about their limits, told to the store: for each budget only the strictest of what is not told yet.

Hundreds of answers may say the same within a moment; each in a call of its own would use up the connections by which
everything else is asked.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from connector_executor.admission.port import BudgetSpec, PartedAdmission
from connector_executor.policies.quota import Advice

TOLD_AT_ONCE: Final = 4


@dataclass(slots=True)
class Untold:
    """One budget's advice that waits for its turn; `told` when the store has it, or `error` says that it has not."""

    advice: Advice
    told: asyncio.Event = field(default_factory=asyncio.Event)
    error: ConnectionError | None = None


class Observations:
    """One untold advice per budget, and few calls of each part of the store at once: whoever was called waits for his,
    and none for a part that is slow and not his own.
    """

    def __init__(self, admission: PartedAdmission) -> None:
        self._admission = admission
        self._untold: dict[tuple[str, str, str], Untold] = {}
        self._rooms = [asyncio.Semaphore(TOLD_AT_ONCE) for _ in admission.parts]

    async def tell(self, workspace_id: str, budget: BudgetSpec, advice: Advice) -> None:
        """Returns when the store has this or stricter advice. Raises ConnectionError."""
        key = (workspace_id, budget.key, budget.towards)
        untold = self._untold.get(key)
        if untold is None:
            untold = self._untold[key] = Untold(advice)
            await self._tell(key, budget, untold)
        else:
            untold.advice = strictest(untold.advice, advice)
            await untold.told.wait()
            if untold.error is not None:
                raise untold.error

    async def _tell(self, key: tuple[str, str, str], budget: BudgetSpec, untold: Untold) -> None:
        try:
            async with self._rooms[self._admission.part_of(key[0])]:
                # What comes from now on waits for the next call: this one is on its way.
                del self._untold[key]
                await self._admission.observe(key[0], budget, untold.advice)
        except ConnectionError as error:
            untold.error = error
            raise
        finally:
            if self._untold.get(key) is untold:
                del self._untold[key]
            untold.told.set()


def strictest(before: Advice, newer: Advice) -> Advice:
    """The longer hold (one without a time is the shortest), and the wider distance of calls."""
    hold = max(before, newer, key=lambda advice: (advice.hold_seconds > 0, abs(advice.hold_seconds)))
    pace = max(newer, before, key=lambda advice: advice.interval_seconds)
    source = hold.source if hold.hold_seconds else pace.source
    return Advice(source, hold.hold_seconds, pace.interval_seconds, pace.ttl_seconds)
