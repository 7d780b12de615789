"""What a backlog takes: resident memory of one executor that drains records which were all there before it started.

The processes of a bench run share nothing with it, so the reading is the kernel's, of the process itself; its
transform workers are separate processes with a limit of their own.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import median
from typing import Any
from uuid import UUID

import psutil

from bench.effort import Effort
from bench.figures import Figure, at_most
from bench.measured import MIB, resident_bytes
from bench.peers import BARE, OURS, memory_name
from bench.scenario import Scenario, open_scenario
from bench.servers import Servers
from connectors_local.processes import ChildProcess
from connectors_shared.contract.topics import RESULT

PART = "memory"
UPSTREAM_MS = 5.0
MOST_MIB, FLAT = 160.0, 1.15
EVERY_SECONDS = 0.2
DRAIN_SECONDS = 900.0


@dataclass(slots=True)
class Curve:
    """Resident bytes over the drain, each with the results that were out at that moment."""

    samples: list[tuple[int, int]] = field(default_factory=list)

    def peak(self) -> float:
        return max(resident for _, resident in self.samples) / MIB

    def between(self, first: float, last: float) -> float:
        """The median over a part of the drain, as shares of its results."""
        whole = self.samples[-1][0]
        return median(size for done, size in self.samples if first * whole <= done <= last * whole) / MIB


async def measure(servers: Servers, effort: Effort, _earlier: Sequence[Figure]) -> list[Figure]:
    async with open_scenario(servers, UPSTREAM_MS) as scenario:
        ids = await scenario.publish_look_ups()
        curve = await _drain(scenario, ids, effort.backlog, scenario.start_executors)
    async with open_scenario(servers, UPSTREAM_MS) as scenario:
        url = scenario.url("/people")
        bare = await _drain(scenario, ids, effort.backlog, lambda: scenario.start_bare_loop(url))
    early, late = curve.between(0.15, 0.35), curve.between(0.75, 0.95)
    print(
        f"  {effort.backlog:,} records: MiB at a quarter {early:.0f}, near the end {late:.0f}, "
        f"most {curve.peak():.0f}; the bare loop {bare.peak():.0f}"
    )
    name = f"draining {effort.backlog:,} records"
    return [
        Figure(PART, memory_name(OURS, effort.backlog), curve.peak(), "MiB", at_most(MOST_MIB)),
        Figure(PART, memory_name(BARE, effort.backlog), bare.peak(), "MiB"),
        Figure(PART, f"resident memory {name}, near the end against a quarter", late / early, "x", at_most(FLAT)),
    ]


async def _drain(
    scenario: Scenario, ids: Sequence[UUID], records: int, start: Callable[[], Coroutine[Any, Any, object]]
) -> Curve:
    await scenario.traffic.burst([ids[turn % len(ids)] for turn in range(records)])
    curve = Curve()
    starting = asyncio.create_task(start())
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            while not curve.samples or curve.samples[-1][0] < records:
                await asyncio.sleep(EVERY_SECONDS)
                done = await scenario.broker.count(RESULT)
                curve.samples += [(done, _resident(child)) for child in scenario.subjects]
    finally:
        await starting
    return curve


def _resident(child: ChildProcess) -> int:
    with suppress(psutil.NoSuchProcess):
        return resident_bytes(child)
    raise RuntimeError(f"{child.name} ended during the drain")
