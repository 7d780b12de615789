"""What a workspace that fills every call leaves to another one.

Eight connectors of one workspace hang, with 64 calls each: all that an executor has. Another workspace's healthy
connectors run alone first, then beside them, in the same process. The figure is the ratio of their times from
publication to result; calls that hang keep being asked for as long as it is measured.
"""

import asyncio
import time
from collections.abc import Sequence
from statistics import median
from typing import Any
from uuid import UUID

from bench.definitions import OTHER_WORKSPACE, TIMED_TRANSFORM, a_connector
from bench.effort import Effort
from bench.figures import Figure, Target, at_most, number
from bench.results import percentile, watch
from bench.scenario import Scenario, open_scenario
from bench.servers import Servers
from connectors_shared.contract.connector import PublishedConnector
from connectors_shared.contract.topics import RESULT

PART = "shares"
UPSTREAM_MS = 50.0
HEALTHY, HEALTHY_PER_SECOND = 10, 100.0
HANGING, CALLS_EACH, HANGS_SECONDS = 8, 64, 30
FIRST_EACH = 4 * CALLS_EACH
AGAIN_PER_SECOND = 2.0 * HANGING * CALLS_EACH / HANGS_SECONDS
"""Twice of what can end: there is always more to begin."""
WARM_UP_SECONDS = 5.0
FILLING_SECONDS = 5.0
MOST = 1.25


async def measure(servers: Servers, effort: Effort, _earlier: Sequence[Figure]) -> list[Figure]:
    rounds = []
    for _ in range(effort.neighbour_rounds):
        async with open_scenario(servers, UPSTREAM_MS) as scenario:
            rounds.append(await _round(scenario, effort.neighbour_seconds / 2))
            shown = [[number(percentile(times, p)) for p in (50, 99)] for times in rounds[-1]]
            print(f"  healthy p50/p99 alone {'/'.join(shown[0])} ms, beside those that hang {'/'.join(shown[1])} ms")
    return [_figure(rounds, 99, at_most(MOST)), _figure(rounds, 50, None)]


async def _round(scenario: Scenario, seconds: float) -> tuple[list[float], list[float]]:
    """Milliseconds of the healthy ones, alone and beside."""
    healthy = [
        a_connector(scenario.url(f"/people/{n}"), transform=TIMED_TRANSFORM, workspace_id=OTHER_WORKSPACE)
        for n in range(HEALTHY)
    ]
    slow: dict[str, Any] = {"timeout": (HANGS_SECONDS + 10) * 1000, "maxInFlight": CALLS_EACH}
    hanging = [a_connector(scenario.url(f"/hang/{HANGS_SECONDS}"), **slow) for _ in range(HANGING)]
    await scenario.publish([*healthy, *hanging])
    await scenario.start_executors()
    ids, slow_ids = _ids(healthy), _ids(hanging)
    async with watch(scenario.servers.kafka, scenario.broker.partitions(RESULT), scenario.traffic) as arrivals:
        began = time.perf_counter()
        await _steady(scenario, ids, HEALTHY_PER_SECOND, WARM_UP_SECONDS + seconds)
        await scenario.traffic.burst([slow_ids[turn % HANGING] for turn in range(HANGING * FIRST_EACH)])
        filled = time.perf_counter()
        together = FILLING_SECONDS + seconds
        await asyncio.gather(
            _steady(scenario, ids, HEALTHY_PER_SECOND, together),
            _steady(scenario, slow_ids, AGAIN_PER_SECOND, together),
        )
        await asyncio.sleep(WARM_UP_SECONDS)
        if missing := arrivals.missing(set(ids)):
            raise RuntimeError(f"{missing} results of healthy connectors did not come")
        alone = arrivals.of(set(ids), after=began + WARM_UP_SECONDS, before=filled)
        beside = arrivals.of(set(ids), after=filled + FILLING_SECONDS)
        return [s.total_seconds * 1e3 for s in alone], [s.total_seconds * 1e3 for s in beside]


async def _steady(scenario: Scenario, connectors: Sequence[UUID], per_second: float, seconds: float) -> None:
    await scenario.traffic.steady(per_second, seconds, lambda turn: connectors[turn % len(connectors)])


def _ids(connectors: Sequence[PublishedConnector]) -> list[UUID]:
    return [connector.connector_id for connector in connectors]


def _figure(rounds: Sequence[tuple[list[float], list[float]]], percent: float, target: Target | None) -> Figure:
    ratios = [percentile(beside, percent) / percentile(alone, percent) for alone, beside in rounds]
    name = f"healthy connectors' p{percent:g}, beside eight of another workspace that hang against alone"
    return Figure(PART, name, median(ratios), "x", target)
