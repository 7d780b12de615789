"""A batch of records: written in one transaction, what cannot be written set aside. What returns is durable."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Generic, NamedTuple, TypeVar

import asyncpg

from connector_registry.history.port import HistoryStore
from connector_registry.history.recording.days import Days
from connector_registry.history.recording.decoding import UnreadableError
from connector_registry.history.recording.letters import Letter, Letters
from connector_registry.history.recording.lines import Line, MappingLine, line_of, mapping_of
from connector_registry.history.recording.metrics import HistoryMetrics
from connector_registry.history.recording.patience import Patience
from connectors_shared.contract.failure import DeadReason
from connectors_shared.runtime.logging import get_logger

DATA_CLASSES: Final = frozenset({"22", "23", "54"})
"""SQLSTATE classes: data exception, integrity violation, program limit exceeded."""

log = get_logger(__name__)
L = TypeVar("L", Line, MappingLine)

Write = Callable[[Sequence[L]], Awaitable[None]]


class Read(NamedTuple, Generic[L]):
    """A record and what is kept of it."""

    record: Any
    line: L


class Recorder:
    """Of results and of updates; both are repeated until Postgres and Kafka have taken what belongs to them."""

    def __init__(
        self, store: HistoryStore, letters: Letters, days: Days, patience: Patience, metrics: HistoryMetrics
    ) -> None:
        self._store = store
        self._letters = letters
        self._days = days
        self._patience = patience
        self._metrics = metrics

    async def results(self, records: Sequence[Any]) -> None:
        """Of `connector.result`."""
        read, letters = _read(records, line_of)
        fitting: list[Read[Line]] = []
        for each in read:
            if (at := self._days.fitted(each.line.executed_at)) is not None:
                each.line.executed_at = at
                fitting.append(each)
        self._metrics.records.labels("late").inc(len(read) - len(fitting))
        await self._write(fitting, [each.line.executed_at for each in fitting], self._record, letters)

    async def updates(self, records: Sequence[Any]) -> None:
        """Of `contact.updated`."""
        read, letters = _read(records, mapping_of)
        fitting: list[Read[MappingLine]] = []
        for each in read:
            if (at := self._days.steady(each.line.updated_at, each.record.timestamp)) is not None:
                each.line.updated_at = at
                fitting.append(each)
        self._metrics.records.labels("late").inc(len(read) - len(fitting))
        await self._write(fitting, [each.line.updated_at for each in fitting], self._record_mappings, letters)

    async def _write(
        self,
        read: Sequence[Read[L]],
        moments: Sequence[Any],
        write: Write[L],
        letters: list[Letter],
    ) -> None:
        if read:
            await self._patience.until_done("make days", lambda: self._days.make_for(moments))
            letters += await self._written(read, write)
        if letters:
            await self._patience.until_done("send dead letters", lambda: self._letters.send(letters))
        for letter in letters:
            self._metrics.records.labels("dead").inc()
            log.warning("record.dead", reason=letter.why.reason.value, detail=letter.why.detail)

    async def _written(self, read: Sequence[Read[L]], write: Write[L]) -> list[Letter]:
        """All but those that Postgres does not take, which are found by halving."""
        try:
            await self._patience.until_done("record", lambda: write([each.line for each in read]))
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            if not _is_caused_by_data(error):
                raise
            if len(read) > 1:
                return await self._halved(read, write)
            why = UnreadableError(DeadReason.REPEATED_FAULT, f"Postgres does not take it: {type(error).__name__}")
            return [Letter(read[0].record, why)]
        return []

    async def _halved(self, read: Sequence[Read[L]], write: Write[L]) -> list[Letter]:
        half: int = len(read) // 2
        return [*await self._written(read[:half], write), *await self._written(read[half:], write)]

    async def _record(self, lines: Sequence[Line]) -> None:
        new = await self._store.record(lines)
        self._metrics.records.labels("recorded").inc(len(new))
        self._metrics.records.labels("repeated").inc(len(lines) - len(new))
        self._metrics.count(new)

    async def _record_mappings(self, lines: Sequence[MappingLine]) -> None:
        await self._store.record_mappings(lines)
        self._metrics.records.labels("recorded").inc(len(lines))


def _read(records: Sequence[Any], reader: Callable[[bytes | None], L]) -> tuple[list[Read[L]], list[Letter]]:
    read: list[Read[L]] = []
    letters: list[Letter] = []
    for record in records:
        try:
            read.append(Read(record, reader(record.value)))
        except UnreadableError as why:
            letters.append(Letter(record, why))
    return read, letters


def _is_caused_by_data(error: Exception) -> bool:
    if isinstance(error, asyncpg.PostgresError):
        return str(error.sqlstate or "")[:2] in DATA_CLASSES
    return isinstance(error, ValueError)
