"""What is recorded of executions that people call off, and of dead letters that they send again."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from connector_registry.unfinished.port import UnfinishedAwayError
from connector_registry.unfinished.shapes import CancelDraft
from connectors_shared.contract.dead import LetterKind
from connectors_shared.http.audit.entry import Action, Entry, Thing
from connectors_shared.http.problems import ProblemError

MOST_NAMED: Final = 50


def cancelled(workspace_id: UUID, draft: CancelDraft) -> Entry:
    """Of one execution, of several, or of all that wait for a connector or of a flow."""
    if draft.execution_ids:
        ids = list(map(str, draft.execution_ids))
        return Entry(workspace_id, Action.CANCELLED, Thing.EXECUTION, _only(ids), details=_named("execution_ids", ids))
    details = {"flow_id": draft.flow_id} if draft.flow_id else {}
    if draft.connector_id is not None:
        return Entry(workspace_id, Action.CANCELLED, Thing.CONNECTOR, draft.connector_id, details=details)
    return Entry(workspace_id, Action.CANCELLED, Thing.EXECUTION, details=details)


def resumed(workspace_id: UUID, connector_id: UUID, name: str) -> Entry:
    return Entry(workspace_id, Action.RESUMED, Thing.CONNECTOR, connector_id, name)


def replayed(workspace_id: UUID, kind: LetterKind, ids: Sequence[str]) -> Entry:
    """Each kind has ids of its own, so that it is told with them."""
    details = {"kind": kind.value, **_named("ids", ids)}
    return Entry(workspace_id, Action.REPLAYED, Thing.DEAD_LETTER, _only(ids), details=details)


def failed(entry: Entry, problem: ProblemError) -> Entry:
    """What became of one that was asked for: it was not done, or nobody knows whether it was."""
    outcome = "unknown" if isinstance(problem, UnfinishedAwayError) else "failed"
    return replace(entry, details={**entry.details, "outcome": outcome, "problem": problem.kind})


def _only(ids: Sequence[str]) -> str | None:
    return ids[0] if len(ids) == 1 else None


def _named(what: str, ids: Sequence[str]) -> dict[str, Any]:
    return {what: list(ids[:MOST_NAMED]), "count": len(ids)}
