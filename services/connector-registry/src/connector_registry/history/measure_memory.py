"""The twin of the success metrics: of what an `InMemoryHistory` has counted."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from connector_registry.history.durations import counted
from connector_registry.history.measures import HOURS, Adoption, Counts, Hour, Measured, Period, added
from connector_registry.history.recording.memory import InMemoryHistory
from connector_registry.history.recording.tally import Period as Grain
from connector_registry.history.recording.tally import Slot, Tally


@dataclass(slots=True)
class InMemoryMeasures:
    """`connectors`: id → category and whether it is enabled; `names`: id → name. Of every workspace alike."""

    history: InMemoryHistory
    connectors: dict[UUID, tuple[str, bool]] = field(default_factory=dict)
    names: dict[UUID, str] = field(default_factory=dict)

    async def of(self, workspace_id: UUID, wanted: Period) -> Measured:
        rows = [(slot, tally) for slot, tally in self.history.rollups.items() if slot.workspace_id == workspace_id]
        rows = [row for row in rows if self._is_wanted(row[0], wanted)]
        days = [row for row in rows if row[0].period == Grain.DAY]
        hours, durations, errors = Counter[int](), Counter[int](), Counter[str]()
        for slot, tally in rows:
            if slot.period == Grain.HOUR:
                hours[slot.starts_at.hour] += tally.statuses.total()
            else:
                durations += tally.durations
                errors += tally.errors
        by_day = {
            day: _sum(tally for slot, tally in days if slot.starts_at.date() == day)
            for day in sorted({slot.starts_at.date() for slot, _ in days})
        }
        by_connector = {
            connector_id: _sum(tally for slot, tally in days if slot.connector_id == connector_id)
            for connector_id in {slot.connector_id for slot, _ in days}
        }
        categories: Counter[str | None] = Counter()
        for connector_id, counts in by_connector.items():
            categories[self._category(connector_id)] += counts.executions
        busiest = sorted(by_connector.items(), key=lambda each: each[1].executions, reverse=True)
        return Measured(
            adoption=self._adoption(workspace_id, wanted),
            total=_sum(tally for _, tally in days),
            durations=counted(durations),
            errors=dict(errors.most_common()),
            by_day=by_day,
            by_hour=dict(sorted(hours.items())),
            by_category=dict(categories.most_common()),
            by_connector=dict(busiest),
            names={one: self.names[one] for one, _ in busiest if one in self.names},
        )

    async def hourly(
        self, workspace_id: UUID, connector_ids: Sequence[UUID], since: datetime
    ) -> Mapping[UUID, Mapping[datetime, Hour]]:
        until = since + timedelta(hours=HOURS)
        found: defaultdict[UUID, dict[datetime, Hour]] = defaultdict(dict)
        for slot, tally in self.history.rollups.items():
            is_asked = slot.workspace_id == workspace_id and slot.connector_id in connector_ids
            if is_asked and slot.period == Grain.HOUR and since <= slot.starts_at < until:
                counts = _sum([tally])
                found[slot.connector_id][slot.starts_at] = Hour(counts.executions, counts.failed + counts.timed_out)
        return found

    def _is_wanted(self, slot: Slot, wanted: Period) -> bool:
        return wanted.since <= slot.starts_at.date() <= wanted.until and self._is_of(slot.connector_id, wanted)

    def _is_of(self, connector_id: UUID, wanted: Period) -> bool:
        return wanted.connector_id in (None, connector_id) and wanted.category in (None, self._category(connector_id))

    def _category(self, connector_id: UUID) -> str | None:
        return self.connectors.get(connector_id, (None, False))[0]

    def _adoption(self, workspace_id: UUID, wanted: Period) -> Adoption:
        since = datetime.combine(wanted.since, time(), UTC)
        used = [
            user
            for user, (_, last) in self.history.users.items()
            if user.workspace_id == workspace_id and last >= since and self._is_of(user.connector_id, wanted)
        ]
        here = {id_: enabled for id_, (_, enabled) in self.connectors.items() if self._is_of(id_, wanted)}
        busy = {user.connector_id for user in used}
        return Adoption(
            connectors=len(here),
            enabled=sum(here.values()),
            active=sum(enabled and id_ in busy for id_, enabled in here.items()),
            flows=len({(user.kind, user.used_by) for user in used if user.kind != "other"}),
        )


def _sum(tallies: Iterable[Tally]) -> Counts:
    counts = [Counts(*tally.columns()[:6]) for tally in tallies]
    return added(counts) if counts else Counts()
