"""The rows that this process has taken, and what became of them: collected here, written many at once."""

import asyncio
from collections.abc import Callable, Sequence

from connector_executor.admission.port import Verdict
from connector_executor.execution import Execution
from connector_executor.parking.parker import Parker
from connector_executor.parking.port import Key, ParkingStore
from connector_executor.parking.reasons import park_reason

WRITTEN_AT_ONCE = 256


class LeasedRows:
    """Implements `rounds.Rows`. `changed` is called when there is something to write."""

    def __init__(
        self,
        store: ParkingStore,
        parker: Parker,
        owner: str,
        *,
        lease_seconds: float,
        drain_horizon_seconds: float,
    ) -> None:
        self._store = store
        self._parker = parker
        self._owner = owner
        self._lease_seconds = lease_seconds
        self._drain_horizon_seconds = drain_horizon_seconds
        self._held: set[Key] = set()
        self._given_back: dict[Key, str | None] = {}
        self._removed: list[Key] = []
        self._writing = asyncio.Lock()
        self.changed: Callable[[], None] = lambda: None

    def holds(self, key: Key) -> bool:
        return key in self._held

    def hold(self, key: Key) -> None:
        """It is being worked on here: its lease is renewed until it goes one of the ways below."""
        self._held.add(key)

    def give_back(self, key: Key, generation: str | None) -> None:
        self._held.discard(key)
        self._given_back[key] = generation
        self.changed()

    def let_go(self, key: Key) -> None:
        self._held.discard(key)

    def remove(self, key: Key) -> None:
        self._held.discard(key)
        self._removed.append(key)
        self.changed()

    def park_again(self, execution: Execution, verdict: Verdict, wait_seconds: float) -> None:
        due_seconds = max(0.0, wait_seconds - self._drain_horizon_seconds)
        self._parker.park(execution, park_reason(verdict, wait_seconds, execution.plan), due_seconds=due_seconds)

    async def look_again(self, keys: Sequence[Key], seconds: float) -> None:
        """Nobody takes them until then."""
        if keys:
            await self._store.renew(self._owner, keys, min(seconds, self._lease_seconds))

    async def renew(self) -> None:
        """Rows that are here stay ours."""
        if self._held:
            await self._store.renew(self._owner, list(self._held), self._lease_seconds)

    async def write(self) -> None:
        """Rows given back and rows that are done. What cannot be written now is kept for the next time."""
        async with self._writing:
            while self._given_back:
                batch = dict(list(self._given_back.items())[:WRITTEN_AT_ONCE])
                await self._store.give_back(self._owner, batch)
                for key in batch:
                    del self._given_back[key]
            while self._removed:
                removed = self._removed[:WRITTEN_AT_ONCE]
                await self._store.remove(removed)
                del self._removed[: len(removed)]
