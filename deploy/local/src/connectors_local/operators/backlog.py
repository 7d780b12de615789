"""What is parked behind a connector, listed and cancelled."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from rich.table import Table

from connectors_local.operators.executor import Executor, ParkedExecution, ParkedPage
from connectors_local.operators.spans import since, until

PAGE: Final = 200


async def list_parked(
    executor: Executor, connector_id: UUID, workspace_id: UUID, *, most: int, after: str | None
) -> ParkedPage:
    """Up to `most` lines over as many pages as that takes. Raises ApiError."""
    found: list[ParkedExecution] = []
    while len(found) < most:
        page = await executor.parked(connector_id, workspace_id, limit=min(PAGE, most - len(found)), after=after)
        found, after = found + page.parked, page.next
        if after is None:
            break
    return ParkedPage(parked=found, next=after)


def parked_table(parked: Sequence[ParkedExecution], now: datetime) -> Table:
    table = Table("execution", "lane", "why", "attempt", "parked", "not before", box=None, pad_edge=False)
    for line in parked:
        not_before = until(line.not_before, now) if line.not_before else "–"
        table.add_row(
            str(line.execution_id),
            str(line.lane),
            line.reason,
            str(line.attempt),
            since(line.parked_at, now),
            "running now" if line.leased else not_before,
        )
    return table


def said_of_cancelled(cancelled: int, asked: int | None) -> str:
    """`asked` None: all that are parked."""
    if asked is None or cancelled == asked:
        return f"{cancelled} cancelled; each gets a result of type cancelled"
    return f"{cancelled} of {asked} cancelled; the others are finished, or were never parked there"
