"""Parcels for the tests of parking, and one replica that parks, drains and looks."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from connector_executor.parking.port import Backlog, Finding, Key, Parcel, ParkingStore, ParkReason, TakenRow

WORKSPACE = UUID(int=1)
CONNECTOR = UUID(int=100)
OTHER_CONNECTOR = UUID(int=101)
LEASE_SECONDS = 30.0
SLACK_SECONDS = 10.0
"""How long a test may take on a real server: far below the durations in use."""


class Deployment(Protocol):
    """Replicas that share a store. `outlast` returns when so much of the store's time has gone by."""

    def replica(self) -> ParkingStore: ...

    async def outlast(self, seconds: float) -> None: ...

    async def now(self) -> datetime: ...


def a_parcel(number: int, **changes: Any) -> Parcel:
    given: dict[str, Any] = {
        "workspace_id": WORKSPACE,
        "execution_id": UUID(int=number),
        "connector_id": CONNECTOR,
        "budget": "c:1",
        "lane": 1,
        "message": b"message %d" % number,
        "envelope": b"\x00envelope",
        "reason": ParkReason.RATE_LIMITED,
    }
    return Parcel(**given | changes)


def numbers(rows: Iterable[TakenRow]) -> list[int]:
    return [row.execution_id.int for row in rows]


def keys(*executions: int) -> list[Key]:
    return [(WORKSPACE, UUID(int=number)) for number in executions]


@dataclass
class Drainer:
    """One replica, called `owner`, with its lease of rows and backlogs."""

    store: ParkingStore
    owner: str
    generation: str = "g1"
    lease_seconds: float = field(default=LEASE_SECONDS)

    async def park(self, *executions: int, **changes: Any) -> list[bool | None]:
        return await self.store.park([a_parcel(number, **changes) for number in executions])

    async def repark(self, *executions: int, **changes: Any) -> None:
        await self.store.repark(self.owner, [a_parcel(number, **changes) for number in executions])

    async def due(self, most: int = 10) -> list[Backlog]:
        return await self.store.due(self.owner, most, self.lease_seconds)

    async def due_connectors(self) -> list[UUID]:
        return [backlog.connector_id for backlog in await self.due()]

    async def put_off(
        self, seconds: float | None, connector_id: UUID = CONNECTOR, found: Finding | None = None
    ) -> bool:
        return await self.store.put_off(self.owner, connector_id, seconds, found)

    async def take(self, most: int = 10, connector_id: UUID = CONNECTOR) -> list[TakenRow]:
        return await self.store.take(self.owner, connector_id, most, self.lease_seconds, self.generation)

    async def take_ended(self, most: int = 10) -> list[TakenRow]:
        return await self.store.take_ended(self.owner, most, self.lease_seconds, self.generation)

    async def take_past_limit(self, most: int = 10, connector_id: UUID = CONNECTOR) -> list[TakenRow]:
        return await self.store.take_past_limit(self.owner, connector_id, most, self.lease_seconds, self.generation)

    async def give_back(self, *executions: int, generation: str | None = None) -> None:
        await self.store.give_back(self.owner, dict.fromkeys(keys(*executions), generation))

    async def renew(self, *executions: int) -> None:
        await self.store.renew(self.owner, keys(*executions), self.lease_seconds)

    async def remove(self, *executions: int) -> None:
        await self.store.remove(keys(*executions))

    async def cancel(self, *executions: int) -> int:
        return await self.store.cancel(WORKSPACE, CONNECTOR, [UUID(int=number) for number in executions])

    async def count(self, connector_id: UUID = CONNECTOR) -> int:
        view = await self.store.backlog(connector_id)
        return view.parked if view else 0

    async def order(self) -> list[int]:
        return [view.execution_id.int for view in await self.store.parked(CONNECTOR, None, 100)]


def a_drainer(deployment: Deployment, owner: str = "a", generation: str = "g1") -> Drainer:
    return Drainer(deployment.replica(), owner, generation)
