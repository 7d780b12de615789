"""The flow of the demo: started for all contacts, and followed to the end of its runs."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from connectors_local.demo.clients import Flows
from connectors_local.demo.latencies import Latencies

POLL_SECONDS: Final = 0.2
RUNNING: Final = "running"
SUCCEEDED: Final = "succeeded"


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts of runs so far. `failed` ones are among the `ended`."""

    total: int
    ended: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class FlowReport:
    """Runs by contact, as the engine's API shows them, and how long all of it took."""

    flow_id: UUID
    runs: Mapping[str, Mapping[str, Any]]
    duration_seconds: float

    @property
    def progress(self) -> Progress:
        return progress_of(list(self.runs.values()))

    def run_times(self) -> Latencies | None:
        """From the start of a run to its end."""
        return Latencies.of([seconds_of(run) for run in self.runs.values() if run["ended_at"]])


def seconds_of(run: Mapping[str, Any]) -> float:
    began, ended = (datetime.fromisoformat(run[name]) for name in ("started_at", "ended_at"))
    return (ended - began).total_seconds()


def progress_of(runs: Sequence[Mapping[str, Any]]) -> Progress:
    ended = [run for run in runs if run["state"] != RUNNING]
    return Progress(len(runs), len(ended), sum(run["state"] != SUCCEEDED for run in ended))


async def run_flow(
    flows: Flows,
    definition: dict[str, Any],
    contact_ids: Sequence[UUID],
    watch: Callable[[Progress], None],
    timeout_seconds: float,
) -> FlowReport:
    """Returns when every run has ended or the time is over; the report tells which. Raises ApiError."""
    flow_id = await flows.save(definition)
    began = time.monotonic()
    started = {str(run_id) for run_id in await flows.start(flow_id, contact_ids)}
    while True:
        runs = [run for run in await flows.newest(flow_id, len(started)) if run["id"] in started]
        watch(progress_of(runs))
        if all(run["state"] != RUNNING for run in runs) or time.monotonic() > began + timeout_seconds:
            return FlowReport(flow_id, {run["contact_id"]: run for run in runs}, time.monotonic() - began)
        await asyncio.sleep(POLL_SECONDS)
