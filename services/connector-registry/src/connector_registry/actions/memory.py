"""A twin of the Postgres store for tests."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from connector_registry.actions.port import ConnectorAction, Wanted


@dataclass(frozen=True, slots=True)
class Day:
    """What is counted of a connector on one day. `executions` include those that were skipped."""

    connector_id: UUID
    day: date
    executions: int
    succeeded: int
    skipped: int
    durations: dict[int, int]


@dataclass(slots=True)
class InMemoryActions:
    """By workspace: its connectors, and what is counted of them."""

    connectors: dict[UUID, list[ConnectorAction]] = field(default_factory=dict)
    days: dict[UUID, list[Day]] = field(default_factory=dict)

    async def page(self, workspace_id: UUID, wanted: Wanted) -> list[ConnectorAction]:
        own = sorted(self.connectors.get(workspace_id, ()), key=lambda each: (each.created_at, each.id), reverse=True)
        found = [each for each in own if _is_wanted(each, wanted)][: wanted.limit]
        return [self._counted(workspace_id, each, wanted.since) for each in found]

    def _counted(self, workspace_id: UUID, action: ConnectorAction, since: date) -> ConnectorAction:
        days = [
            each for each in self.days.get(workspace_id, ()) if each.connector_id == action.id and each.day >= since
        ]
        durations: Counter[int] = Counter()
        for each in days:
            durations.update(each.durations)
        return replace(
            action,
            executions=sum(each.executions - each.skipped for each in days),
            succeeded=sum(each.succeeded for each in days),
            durations=dict(durations),
        )


def _is_wanted(action: ConnectorAction, wanted: Wanted) -> bool:
    text = (wanted.text or "").lower()
    is_after = wanted.after is None or wanted.after.is_before(action.created_at, action.id)
    return is_after and (text in action.name.lower() or text in (action.description or "").lower())
