"""What is counted of executions: added up here for a batch, and in Postgres for an hour and a day."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

import msgspec

from connector_registry.history.durations import bucket_of, counted
from connector_registry.history.recording.lines import Line
from connectors_shared.contract.execution import ResultStatus, Trigger


class Period(StrEnum):
    HOUR = "hour"
    DAY = "day"


class Slot(NamedTuple):
    """Of which workspace, connector and time something is counted."""

    workspace_id: UUID
    period: Period
    starts_at: datetime
    connector_id: UUID


class User(NamedTuple):
    """What uses a connector; see the table `connector_flows`."""

    workspace_id: UUID
    connector_id: UUID
    kind: str
    used_by: str


class Tally(msgspec.Struct):
    """Durations are by bucket, and of all that were not skipped."""

    statuses: Counter[str] = msgspec.field(default_factory=Counter)
    total_ms: int = 0
    errors: Counter[str] = msgspec.field(default_factory=Counter)
    durations: Counter[int] = msgspec.field(default_factory=Counter)

    def add(self, line: Line) -> None:
        self.statuses[line.status] += 1
        if line.error_type is not None:
            self.errors[line.error_type] += 1
        if line.status != ResultStatus.SKIPPED:
            self.total_ms += line.execution_time_ms
            self.durations[bucket_of(line.execution_time_ms)] += 1

    def merge(self, other: "Tally") -> None:
        self.statuses += other.statuses
        self.total_ms += other.total_ms
        self.errors += other.errors
        self.durations += other.durations

    def columns(self) -> tuple[int, int, int, int, int, int, str, str]:
        """Those of `execution_rollups`, the last two as text."""
        count = self.statuses
        durations = "{" + ",".join(map(str, counted(self.durations))) + "}"
        return (
            count.total(),
            count[ResultStatus.SUCCESS],
            count[ResultStatus.ERROR],
            count[ResultStatus.TIMEOUT],
            count[ResultStatus.SKIPPED],
            self.total_ms,
            msgspec.json.encode(self.errors).decode(),
            durations,
        )


def tallied(lines: Iterable[Line]) -> dict[Slot, Tally]:
    """In the order in which rows are locked. A test of a connector is none of its executions that count."""
    found: dict[Slot, Tally] = {}
    for line in lines:
        if line.trigger == Trigger.TEST:
            continue
        hour = line.executed_at.replace(minute=0, second=0, microsecond=0)
        for period, starts_at in ((Period.HOUR, hour), (Period.DAY, hour.replace(hour=0))):
            slot = Slot(line.workspace_id, period, starts_at, line.connector_id)
            found.setdefault(slot, Tally()).add(line)
    return dict(sorted(found.items(), key=lambda each: _order(each[0])))


def used(lines: Iterable[Line]) -> dict[User, tuple[datetime, datetime]]:
    """When first and last, in the order in which rows are locked. A test is no use of a connector."""
    found: dict[User, tuple[datetime, datetime]] = {}
    for line in lines:
        if line.trigger != Trigger.TEST:
            user, at = user_of(line), line.executed_at
            first, last = found.get(user, (at, at))
            found[user] = (min(first, at), max(last, at))
    return dict(sorted(found.items(), key=lambda each: (each[0][0].int, each[0][1].int, *each[0][2:])))


def user_of(line: Line) -> User:
    """A flow by its id; without one each of its steps stands for a flow; without both all that flows send is one."""
    if line.flow_id is not None:
        return User(line.workspace_id, line.connector_id, "flow", line.flow_id)
    if line.step_id is not None:
        return User(line.workspace_id, line.connector_id, "step", line.step_id)
    kind = "flow" if line.flow_run_id is not None or line.trigger == Trigger.FLOW else "other"
    return User(line.workspace_id, line.connector_id, kind, "")


def _order(slot: Slot) -> tuple[int, str, datetime, int]:
    return slot.workspace_id.int, slot.period, slot.starts_at, slot.connector_id.int
