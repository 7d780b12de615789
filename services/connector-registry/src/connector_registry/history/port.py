"""Where the history is kept, and how it refuses."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from connector_registry.history.durations import counted, percentile
from connector_registry.history.recording.lines import Line, MappingLine
from connectors_shared.http.problems import ProblemError


class ExecutionMissing(ProblemError):  # noqa: N818
    """The workspace has no such execution, or does not keep it any more."""

    status = 404
    kind = "not-found"
    title = "No such execution"
    detail = "No execution of this id is recorded in your workspace: it has no outcome yet, or is not kept any more."


def median_ms(durations: Mapping[int, int]) -> float | None:
    """Of executions by the bucket of how long they took (`durations.py`); None of nothing."""
    return percentile(counted(dict(durations)), 50)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an execution ended, and when; `status` None: that is not kept any more."""

    status: str | None
    executed_at: datetime


class Outcomes(Protocol):
    """Raises DatabaseUnavailableError."""

    async def outcomes(self, workspace_id: UUID, execution_ids: Collection[UUID]) -> dict[UUID, Outcome]:
        """Of those that have one; it is known for two weeks at least."""
        ...

    async def applied(
        self, workspace_id: UUID, execution_ids: Collection[UUID], since: datetime
    ) -> dict[UUID, datetime]:
        """When what they brought was written to their contacts, or was decided to be written to none: of those of
        which that was announced since, as far as it is kept."""
        ...


class HistoryStore(Protocol):
    """Each of these is one transaction. Repeats change nothing."""

    async def record(self, lines: Sequence[Line]) -> list[Line]:
        """Rows, counts and what uses a connector; the lines that were new."""
        ...

    async def record_mappings(self, lines: Sequence[MappingLine]) -> None: ...
