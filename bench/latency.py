"""What the executor adds to the upstream's own time, from the publication to the result, at half of its throughput.

Arrivals are open-loop: they come at a fixed rate whatever becomes of them. A message carries its publish time, the
result is read as a flow engine reads it, and the upstream says itself how long a call was under way there. The bare
loop at the same rate tells how much of it is Kafka and the machine.
"""

import time
from collections.abc import Sequence
from statistics import median
from uuid import UUID

from bench.definitions import TIMED_TRANSFORM, a_connector
from bench.effort import Effort
from bench.figures import Figure, Target, at_most
from bench.hot import executor, throughput_name
from bench.results import percentile, watch
from bench.scenario import IN_FLIGHT, Scenario, open_scenario
from bench.servers import Servers
from connectors_shared.contract.topics import RESULT

PART = "latency"
UPSTREAM_MS = 50.0
WARM_UP_SECONDS = 5.0
SETTLE_SECONDS = 15.0
P50_MS, P99_MS = 10.0, 50.0

Samples = Sequence[Sequence[float]]
"""Milliseconds, of each round."""


async def measure(servers: Servers, effort: Effort, earlier: Sequence[Figure]) -> list[Figure]:
    rate = await _throughput(servers, effort, earlier) / 2
    ours: list[list[float]] = []
    bare: list[list[float]] = []
    for _ in range(effort.latency_rounds):
        bare.append(await _bare_loop(servers, rate, effort.latency_seconds))
        ours.append(await _executor(servers, rate, effort.latency_seconds))
    note = f"{sum(map(len, ours))} executions at {rate:.0f}/s"
    return [
        *_judged(50, ours, bare, at_most(P50_MS), note),
        *_judged(99, ours, bare, at_most(P99_MS), note),
    ]


def _judged(percent: float, ours: Samples, bare: Samples, target: Target, note: str) -> list[Figure]:
    """Of rounds of either side, in which they ran after each other."""
    mine, others = [[percentile(times, percent) for times in rounds] for rounds in (ours, bare)]
    beyond = [one - other for one, other in zip(mine, others, strict=True)]
    name = f"half load, p{percent:g}"
    extent = (min(beyond), max(beyond))
    return [
        Figure(PART, f"added beyond the bare loop at {name}", median(beyond), "ms", target, note, extent),
        Figure(PART, f"added latency at {name}", median(mine), "ms"),
        Figure(PART, f"the bare loop at the same rate, p{percent:g}", median(others), "ms"),
    ]


async def _throughput(servers: Servers, effort: Effort, earlier: Sequence[Figure]) -> float:
    """Of one executor at full speed: known from `hot`, else measured."""
    for figure in earlier:
        if figure.name == throughput_name(UPSTREAM_MS) and figure.value is not None:
            return figure.value
    return (await executor(servers, UPSTREAM_MS, effort.messages)).per_second


async def _executor(servers: Servers, rate: float, seconds: float) -> list[float]:
    async with open_scenario(servers, UPSTREAM_MS) as scenario:
        ids = await scenario.publish_look_ups(transform=TIMED_TRANSFORM)
        await scenario.start_executors(max_in_flight=IN_FLIGHT, max_in_flight_per_connector=IN_FLIGHT)
        return await _load(scenario, ids, rate, seconds)


async def _bare_loop(servers: Servers, rate: float, seconds: float) -> list[float]:
    async with open_scenario(servers, UPSTREAM_MS) as scenario:
        url = scenario.url("/people")
        await scenario.start_bare_loop(url, TIMED_TRANSFORM)
        return await _load(scenario, [a_connector(url).connector_id], rate, seconds)


async def _load(scenario: Scenario, ids: Sequence[UUID], rate: float, seconds: float) -> list[float]:
    """What was added to each execution of the steady state, ms; nothing when results are missing."""
    traffic, asked = scenario.traffic, set(ids)
    async with watch(scenario.servers.kafka, scenario.broker.partitions(RESULT), traffic) as arrivals:
        began = time.perf_counter()
        await traffic.steady(rate, WARM_UP_SECONDS + seconds, lambda turn: ids[turn % len(ids)])
        await arrivals.all_of(asked, SETTLE_SECONDS)
        samples = arrivals.of(asked, after=began + WARM_UP_SECONDS)
        lateness, missing = percentile(traffic.lateness_seconds, 99), arrivals.missing(asked)
    print(f"  {len(samples)} results, the generator late by {lateness * 1e3:.1f} ms (p99)")
    if missing:
        print(f"  ! {missing} of {missing + len(samples)} did not come: {rate:.0f}/s is too much")
        return []
    return [sample.added_seconds * 1e3 for sample in samples]
