"""Publishing: a burst at once, and an open loop that keeps its pace whatever becomes of the answers."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid4

from aiokafka.errors import KafkaError

from connectors_local.concurrency import all_or_first_failure
from connectors_local.limits.cast import Connector
from connectors_local.limits.exchange import Exchange, ExchangeError
from connectors_local.limits.tally import Tally
from connectors_shared.contract.execution import ConnectorExecute, ExecutionContext

TICK_SECONDS: Final = 0.005
FLOW_ID: Final = "demo-limits"


@dataclass(slots=True)
class Pace:
    """Moments at which an open loop owes an execution: the first at `began`, then so many per second."""

    began: float
    per_second: float
    owed: int = 0

    def take(self, now: float) -> list[float]:
        """The moments up to now that were not taken yet; a loop that was held up owes all it missed."""
        until = int((now - self.began) * self.per_second) + 1
        moments = [self.began + number / self.per_second for number in range(self.owed, until)]
        self.owed = max(self.owed, until)
        return moments


@dataclass(slots=True)
class Publisher:
    """Publishes executions and tells the tally which ones to expect."""

    exchange: Exchange
    tally: Tally
    workspace_id: UUID
    monotonic: Callable[[], float]

    async def burst(self, connector: Connector, count: int) -> None:
        """All at once; returns when the broker has them. Raises ExchangeError."""
        due_at = self.monotonic()
        await all_or_first_failure(self._publish(connector, number, due_at) for number in range(count))

    @contextlib.asynccontextmanager
    async def open_loop(self, connectors: Sequence[Connector], per_second: float) -> AsyncIterator[None]:
        """Inside, all of them together get so many executions per second, in turn. Raises ExchangeError at its end."""
        stopping = asyncio.Event()
        running = asyncio.ensure_future(self._loop(connectors, per_second, stopping))
        try:
            yield
        finally:
            stopping.set()
            try:
                await running
            except ExceptionGroup as failures:
                raise failures.exceptions[0] from None

    async def _loop(self, connectors: Sequence[Connector], per_second: float, stopping: asyncio.Event) -> None:
        pace, turns, numbers = Pace(self.monotonic(), per_second), itertools.cycle(connectors), itertools.count()
        async with asyncio.TaskGroup() as group:
            while not stopping.is_set():
                for due_at in pace.take(self.monotonic()):
                    group.create_task(self._publish(next(turns), next(numbers), due_at))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(TICK_SECONDS):
                        await stopping.wait()

    async def _publish(self, connector: Connector, number: int, due_at: float) -> None:
        event = execution_for(connector, number, self.workspace_id)
        self.tally.expect(event.execution_id, connector.part, due_at)
        try:
            await self.exchange.publish(event)
        except KafkaError as error:
            raise ExchangeError(f"an execution could not be published: {error}") from error


def execution_for(connector: Connector, number: int, workspace_id: UUID) -> ConnectorExecute:
    """No mappings: the contacts of the workspace stay as they are. No contact either: keys spread over partitions."""
    return ConnectorExecute(
        execution_id=uuid4(),
        workspace_id=workspace_id,
        connector_id=connector.id,
        inputs={"phoneNumber": f"206555{number % 10_000:04}"},
        context=ExecutionContext(flow_id=FLOW_ID),
        requested_at=datetime.now(UTC),
    )
