"""The twin of the history as it is read: of what an `InMemoryHistory` has recorded."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from connector_registry.history.port import Outcome
from connector_registry.history.reading import MOST_GROUPS, Caller, Cause, Detail, Page, Summary, Wanted
from connector_registry.history.recording.lines import Line
from connector_registry.history.recording.memory import InMemoryHistory
from connectors_shared.contract.execution import ResultStatus, Trigger
from connectors_shared.http.cursor import Cursor

FAILED = (ResultStatus.ERROR, ResultStatus.TIMEOUT)
EQUAL = ("connector_id", "flow_id", "flow_run_id", "contact_id", "status", "error_type", "http_status", "trigger")


class InMemoryReading:
    """See `reading.Reading`; it looks at everything."""

    def __init__(self, history: InMemoryHistory) -> None:
        self._history = history

    async def page(self, workspace_id: UUID, wanted: Wanted, after: Cursor | None, limit: int) -> Page:
        found = self._matching(workspace_id, wanted)
        if after is not None:
            found = [line for line in found if (line.executed_at, line.id) < (after.created_at, after.id)]
        lines = [summary_of(line) for line in found[:limit]]
        return Page(lines, Cursor(lines[-1].executed_at, lines[-1].id) if len(found) > limit else None)

    async def find(self, workspace_id: UUID, execution_id: UUID) -> Detail | None:
        if (line := self._history.lines.get((workspace_id, execution_id))) is None:
            return None
        execution = msgspec.structs.asdict(line) | {"cut": _names(line.cut), "recorded_at": datetime.now(UTC)}
        del execution["workspace_id"]
        mappings = [
            {name: value for name, value in msgspec.structs.asdict(each).items() if name not in HIDDEN}
            | {"cut": _names(each.cut)}
            for each in self._history.mappings.values()
            if (each.workspace_id, each.execution_id) == (workspace_id, execution_id)
        ]
        return Detail(execution, mappings)

    async def outcomes(self, workspace_id: UUID, execution_ids: Collection[UUID]) -> dict[UUID, Outcome]:
        lines = {id_: self._history.lines.get((workspace_id, id_)) for id_ in execution_ids}
        return {id_: Outcome(line.status, line.executed_at) for id_, line in lines.items() if line is not None}

    async def applied(
        self, workspace_id: UUID, execution_ids: Collection[UUID], since: datetime
    ) -> dict[UUID, datetime]:
        found: dict[UUID, datetime] = {}
        for each in self._history.mappings.values():
            told = each.workspace_id == workspace_id and each.updated_at >= since - timedelta(hours=2)
            if told and each.execution_id in execution_ids:
                found[each.execution_id] = max(each.updated_at, found.get(each.execution_id, each.updated_at))
        return found

    async def causes(self, workspace_id: UUID, wanted: Wanted) -> list[Cause]:
        groups: dict[tuple[Any, ...], list[Line]] = {}
        for line in self._matching(workspace_id, wanted):
            if line.status != "success":
                key = (line.connector_id, line.error_type, line.http_status, line.error_message)
                groups.setdefault(key, []).append(line)
        causes = [
            Cause(
                connector_id,
                error_type,
                http_status,
                message,
                len(lines),
                oldest.executed_at,
                newest.executed_at,
                newest.id,
            )
            for (connector_id, error_type, http_status, message), lines in groups.items()
            for newest, oldest in [(lines[0], lines[-1])]
        ]
        return sorted(causes, key=lambda cause: (cause.count, cause.last_at), reverse=True)[:MOST_GROUPS]

    async def callers(self, workspace_id: UUID, wanted: Wanted) -> list[Caller]:
        flows: dict[str | None, list[Line]] = {}
        for line in self._matching(workspace_id, wanted):
            if line.trigger != Trigger.TEST:
                flows.setdefault(line.flow_id, []).append(line)
        callers = [
            Caller(flow_id, len(lines), sum(line.status in FAILED for line in lines), lines[0].executed_at)
            for flow_id, lines in flows.items()
        ]
        return sorted(callers, key=lambda caller: (caller.executions, caller.last_at), reverse=True)[:MOST_GROUPS]

    def _matching(self, workspace_id: UUID, wanted: Wanted) -> list[Line]:
        lines = [line for line in self._history.lines.values() if line.workspace_id == workspace_id]
        lines = [line for line in lines if _holds(line, wanted)]
        return sorted(lines, key=lambda line: (line.executed_at, line.id), reverse=True)


HIDDEN = ("workspace_id", "execution_id", "sequence")


def _holds(line: Line, wanted: Wanted) -> bool:
    for name in EQUAL:
        if (value := getattr(wanted, name)) is not None and getattr(line, name) != value:
            return False
    if wanted.text is not None and wanted.text.lower() not in (line.error_message or "").lower():
        return False
    return (wanted.since is None or line.executed_at >= wanted.since) and (
        wanted.until is None or line.executed_at < wanted.until
    )


def summary_of(line: Line) -> Summary:
    return Summary(**{name: getattr(line, name) for name in Summary.__slots__})


def _names(array: str) -> Iterable[str]:
    """Of an array as Postgres writes it."""
    return [name for name in array.strip("{}").split(",") if name]
