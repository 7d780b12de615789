"""The history in Postgres, on the worker's pool. Rows are written in the order of their keys: two never deadlock."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiosql
import asyncpg
import msgspec

from connector_registry.history.recording.lines import Line, MappingLine
from connector_registry.history.recording.tally import Period, Slot, Tally, User, tallied, used
from connectors_shared.contract.workspace import PublishedWorkspace
from connectors_shared.runtime.postgres import Connection, Work, remove_in_portions, session, transaction

queries: Final[Any] = aiosql.from_path(Path(__file__).parent / "recording.sql", "asyncpg", mandatory_parameters=False)
DEFAULT_DAYS: Final[int] = PublishedWorkspace.model_fields["retention_days"].default
FORGET_AT_ONCE: Final = 5_000
SLOT: Final = ("workspace_ids", "periods", "starts", "connector_ids")
COUNTS: Final = (
    *("executions", "succeeded", "failed", "timed_out", "skipped", "total_ms"),
    *("errors", "durations"),
)
FED: Final = ("whose", "afters", "ids", "times")
FED_AT_ONCE: Final = 100
"""Executions in a row of the feed."""
USE: Final = ("workspace_ids", "connector_ids", "kinds", "users", "firsts", "lasts")


class PostgresHistory:
    """Raises DatabaseUnavailableError, or what asyncpg raises for data that it does not take."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._forgotten = UUID(int=0)
        """The workspace whose executions were forgotten last."""

    async def record(self, lines: Sequence[Line]) -> list[Line]:
        by_key = {(line.workspace_id, line.id): line for line in reversed(lines)}
        ordered = sorted(by_key.values(), key=lambda line: (line.workspace_id.int, line.id.int))
        async with transaction(self._pool, {}, Work.BACKGROUND) as connection:
            claimed = queries.claim(
                connection,
                workspace_ids=[line.workspace_id for line in ordered],
                execution_ids=[line.id for line in ordered],
                times=[line.executed_at for line in ordered],
            )
            new = [by_key[row["workspace_id"], row["execution_id"]] async for row in claimed]
            if new:
                await queries.record_executions(connection, **_columns(Line.__struct_fields__, map(_row, new)))
                await _count(connection, tallied(new))
                await _note_use(connection, used(new))
                await _add_to_feed(connection, new)
        return new

    async def record_mappings(self, lines: Sequence[MappingLine]) -> None:
        ordered = sorted(lines, key=lambda line: (line.workspace_id.int, line.execution_id.int, line.sequence))
        async with transaction(self._pool, {}, Work.BACKGROUND) as connection:
            await queries.record_mappings(connection, **_columns(MappingLine.__struct_fields__, map(_row, ordered)))

    async def keep_days(self, back: int, ahead: int) -> None:
        async with session(self._pool, {}, Work.BACKGROUND) as connection:
            await queries.keep_days(connection, days_back=back, days_ahead=ahead, default_days=DEFAULT_DAYS)

    async def forget_executions(self) -> None:
        """In portions, each a transaction. One that fails ends it: the next time others have their turn first."""
        async with session(self._pool, {}, Work.BACKGROUND) as connection:
            found = queries.forgetful_workspaces(connection, default_days=DEFAULT_DAYS)
            forgetful = {row["workspace_id"]: row["since"] async for row in found}
        for workspace_id in sorted(forgetful, key=lambda whose: (whose <= self._forgotten, whose)):
            self._forgotten = workspace_id
            old = {"workspace_id": workspace_id, "since": forgetful[workspace_id]}
            await self._in_portions(partial(queries.forget_executions, **old))

    async def forget_ids(self, days: int) -> None:
        await self._in_portions(partial(queries.forget_ids, days=days))

    async def forget_counts(self, hour_days: int, day_days: int) -> None:
        for period, days in ((Period.HOUR, hour_days), (Period.DAY, day_days)):
            await self._in_portions(partial(queries.forget_rollups, period=period.value, days=days))

    async def forget_feed(self, days: int) -> None:
        await self._in_portions(partial(queries.forget_feed, days=days))

    async def forget_use(self, days: int) -> None:
        async with session(self._pool, {}, Work.BACKGROUND) as connection:
            await queries.forget_flows(connection, days=days)

    async def _in_portions(self, forget: Callable[..., Awaitable[int | str]]) -> None:
        await remove_in_portions(self._pool, FORGET_AT_ONCE, forget)

    async def answers(self) -> None:
        """Raises DatabaseUnavailableError when Postgres does not."""
        async with session(self._pool, {}, Work.READ):
            return


async def _count(connection: Connection, tallies: Mapping[Slot, Tally]) -> None:
    if tallies:
        rows = [(*slot, *tally.columns()) for slot, tally in tallies.items()]
        await queries.add_rollups(connection, **_columns((*SLOT, *COUNTS), rows))


async def _add_to_feed(connection: Connection, new: Sequence[Line]) -> None:
    """In the order of the batch; rows are locked in that of the workspaces."""
    lines = sorted(new, key=lambda line: line.workspace_id.int)
    counts = Counter(line.workspace_id for line in lines)
    rows: list[tuple[UUID, int, str, str]] = []
    for workspace_id, own in groupby(lines, key=lambda line: line.workspace_id):
        left = counts[workspace_id]
        while part := list(islice(own, FED_AT_ONCE)):
            left -= len(part)
            ids, times = (_array(getattr(line, name) for line in part) for name in ("id", "executed_at"))
            rows.append((workspace_id, left, ids, times))
    await queries.add_to_feed(
        connection, workspace_ids=list(counts), counts=list(counts.values()), **_columns(FED, rows)
    )


def _array(values: Iterable[Any]) -> str:
    """As Postgres writes one of what needs no quotes but a moment's."""
    return "{" + ",".join(f'"{value}"' for value in values) + "}"


async def _note_use(connection: Connection, uses: Mapping[User, tuple[datetime, datetime]]) -> None:
    if uses:
        await queries.note_use(connection, **_columns(USE, [(*user, *times) for user, times in uses.items()]))


def _row(line: msgspec.Struct) -> tuple[Any, ...]:
    return msgspec.structs.astuple(line)


def _columns(names: tuple[str, ...], rows: Iterable[Sequence[Any]]) -> dict[str, Sequence[Any]]:
    """Rows as the arrays that `unnest` takes."""
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
