"""What bad neighbours do to healthy ones: fifty connectors on six partitions, alone and beside three bad ones.

The bad ones: limited to 1/s with a backlog of 10,000; an upstream that takes 30 s; an upstream that answers 500.
First the healthy ones run alone, then the bad ones join, in the same process. The figure is the ratio of the healthy
ones' times from publication to result, once the backlog is there; the seconds in which it arrives are shown by
themselves. Offsets: when the commits have passed the whole backlog, and when they reach the end of every partition,
with how much of the backlog still parked.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from uuid import UUID

from aiokafka import TopicPartition

from bench.definitions import TIMED_TRANSFORM, a_connector
from bench.effort import Effort
from bench.figures import Figure, Target, at_least, at_most, number
from bench.results import Sample, percentile, watch
from bench.scenario import Scenario, open_scenario
from bench.servers import Servers
from connectors_shared.contract.topics import EXECUTE, RESULT

PART = "neighbour"
UPSTREAM_MS = 50.0
HEALTHY, HEALTHY_PER_SECOND = 50, 200.0
BACKLOG, LIMIT_PER_SECOND = 10_000, 1
HANGING_PER_SECOND, HANGS_SECONDS = 2.0, 30
FAILING_PER_SECOND = 20.0
WARM_UP_SECONDS = 5.0
ARRIVAL_SECONDS = 10.0
"""From the backlog's publication; what it still delays later counts as a delay of the steady state."""
LAST_CALLS_SECONDS = 90.0
"""After the traffic ends: the last hanging calls and retries, and some."""
POLL_SECONDS = 0.5
MOST = 1.25
NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The connectors by their role."""

    healthy: list[UUID]
    limited: UUID
    hanging: UUID
    failing: UUID


@dataclass(frozen=True, slots=True)
class Round:
    """Milliseconds from publication to result, and seconds after the backlog was published; NEVER: not seen."""

    alone: list[float]
    arrival: list[float]
    beside: list[float]
    passed_backlog: float
    reached_ends: float
    parked_then: int
    missing: int


async def measure(servers: Servers, effort: Effort, _earlier: Sequence[Figure]) -> list[Figure]:
    rounds = []
    for _ in range(effort.neighbour_rounds):
        async with open_scenario(servers, UPSTREAM_MS) as scenario:
            rounds.append(await _round(scenario, effort.neighbour_seconds))
            print(f"  {_described(rounds[-1])}")
    return [
        _ratio_figure(rounds, 99, at_most(MOST)),
        _ratio_figure(rounds, 50, None),
        _arrival_figure(rounds),
        *_offset_figures(rounds),
    ]


async def _round(scenario: Scenario, seconds: float) -> Round:
    neighbours = await _publish(scenario)
    healthy = set(neighbours.healthy)
    await scenario.start_executors()
    async with watch(scenario.servers.kafka, scenario.broker.partitions(RESULT), scenario.traffic) as arrivals:
        began = time.perf_counter()
        await _healthy_traffic(scenario, neighbours, WARM_UP_SECONDS + seconds)
        await asyncio.sleep(WARM_UP_SECONDS)
        alone = arrivals.of(healthy, after=began + WARM_UP_SECONDS)
        published, passed = await _beside_bad_ones(scenario, neighbours, seconds)
        reached = await _until_committed(scenario, await scenario.broker.ends(EXECUTE), LAST_CALLS_SECONDS)
        settled = published + ARRIVAL_SECONDS
        return Round(
            alone=_milliseconds(alone),
            arrival=_milliseconds(arrivals.of(healthy, after=published, before=settled)),
            beside=_milliseconds(arrivals.of(healthy, after=settled)),
            passed_backlog=passed - published,
            reached_ends=reached - published,
            parked_then=BACKLOG - arrivals.others,
            missing=arrivals.missing(healthy),
        )


async def _beside_bad_ones(scenario: Scenario, neighbours: Neighbours, seconds: float) -> tuple[float, float]:
    """When the backlog began to be published, and when the commits had passed all of it."""
    together = WARM_UP_SECONDS + ARRIVAL_SECONDS + seconds
    traffic = asyncio.gather(
        _healthy_traffic(scenario, neighbours, together),
        scenario.traffic.steady(HANGING_PER_SECOND, together, lambda _: neighbours.hanging),
        scenario.traffic.steady(FAILING_PER_SECOND, together, lambda _: neighbours.failing),
    )
    await asyncio.sleep(WARM_UP_SECONDS)
    published = time.perf_counter()
    await scenario.traffic.burst([neighbours.limited] * BACKLOG)
    ends = await scenario.broker.ends(EXECUTE)
    passed = await _until_committed(scenario, ends, ARRIVAL_SECONDS + seconds + HANGS_SECONDS)
    await traffic
    return published, passed


async def _healthy_traffic(scenario: Scenario, neighbours: Neighbours, seconds: float) -> None:
    """In turns over the healthy connectors."""
    healthy = neighbours.healthy
    await scenario.traffic.steady(HEALTHY_PER_SECOND, seconds, lambda turn: healthy[turn % len(healthy)])


def _milliseconds(samples: Sequence[Sample]) -> list[float]:
    return [sample.total_seconds * 1e3 for sample in samples]


async def _publish(scenario: Scenario) -> Neighbours:
    healthy = [a_connector(scenario.url(f"/people/{n}"), transform=TIMED_TRANSFORM) for n in range(HEALTHY)]
    limit = {"windows": [{"limit": LIMIT_PER_SECOND, "seconds": 1}]}
    limited = a_connector(scenario.url("/people/limited"), rateLimit=limit)
    hanging = a_connector(scenario.url(f"/hang/{HANGS_SECONDS}"), timeout=(HANGS_SECONDS + 10) * 1000)
    failing = a_connector(scenario.url("/fail"), retries=3, retryDelay=1000)
    await scenario.publish([*healthy, limited, hanging, failing])
    ids = [connector.connector_id for connector in healthy]
    return Neighbours(ids, limited.connector_id, hanging.connector_id, failing.connector_id)


async def _until_committed(scenario: Scenario, ends: dict[TopicPartition, int], timeout_seconds: float) -> float:
    """When every partition's committed offset was there; NEVER when the time ran out."""
    deadline = time.perf_counter() + timeout_seconds
    while (now := time.perf_counter()) < deadline:
        committed = await scenario.broker.committed(scenario.group, EXECUTE)
        if all(committed[partition] >= end for partition, end in ends.items()):
            return now
        await asyncio.sleep(POLL_SECONDS)
    return NEVER


def _ratio_figure(rounds: list[Round], percent: float, target: Target | None) -> Figure:
    name = f"healthy connectors' p{percent:g}, beside three bad ones against alone"
    if missing := sum(r.missing for r in rounds):
        return Figure(PART, name, None, "x", target, f"{missing} results of healthy connectors did not come")
    ratios = [percentile(r.beside, percent) / percentile(r.alone, percent) for r in rounds]
    times = ", ".join(f"{percentile(r.alone, percent):.1f} → {percentile(r.beside, percent):.1f} ms" for r in rounds)
    return Figure(PART, name, median(ratios), "x", target, times)


def _offset_figures(rounds: list[Round]) -> list[Figure]:
    passed = max(r.passed_backlog for r in rounds)
    parked = min(r.parked_then if r.reached_ends < NEVER else 0 for r in rounds)
    when = ", ".join(f"{r.reached_ends:.0f} s" if r.reached_ends < NEVER else "never" for r in rounds)
    return [
        Figure(
            PART,
            "offsets committed past the whole backlog, after its publication",
            passed if passed < NEVER else None,
            "s",
            note="" if passed < NEVER else "not while it was watched: the backlog holds its partitions back",
        ),
        Figure(
            PART,
            "parked when the commits reached the end of every partition",
            parked,
            "executions",
            at_least(1),
            f"{when} after the backlog's publication; the traffic had ended before",
        ),
    ]


def _arrival_figure(rounds: list[Round]) -> Figure:
    ratios = [percentile(r.arrival, 99) / percentile(r.alone, 99) for r in rounds]
    return Figure(PART, f"the same p99 in the {ARRIVAL_SECONDS:g} s in which the backlog arrives", median(ratios), "x")


def _described(round_: Round) -> str:
    p50, p99 = [f"{number(percentile(round_.alone, p))} → {number(percentile(round_.beside, p))} ms" for p in (50, 99)]
    return f"healthy p50 {p50}, p99 {p99}; {len(round_.beside)} healthy results beside the bad ones"
