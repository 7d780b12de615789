"""What the executor adds to the upstream's own time, from the publication to the result, at half of its throughput.

Arrivals are open-loop: they come at a fixed rate whatever becomes of them. A message carries its publish time, the
result is read as a flow engine reads it, and the upstream says itself how long a call was under way there. The bare
loop at the same rate tells how much of it is Kafka and the machine.
"""

import time
from collections.abc import Sequence
from uuid import UUID

from bench.definitions import TIMED_TRANSFORM, a_connector
from bench.effort import Effort
from bench.figures import Figure, at_most
from bench.hot import executor, throughput_name
from bench.results import Sample, percentile, watch
from bench.scenario import IN_FLIGHT, Scenario, open_scenario
from bench.servers import Servers
from connectors_shared.contract.topics import RESULT

PART = "latency"
UPSTREAM_MS = 50.0
WARM_UP_SECONDS = 5.0
SETTLE_SECONDS = 15.0
P50_MS, P99_MS = 10.0, 50.0


async def measure(servers: Servers, effort: Effort, earlier: Sequence[Figure]) -> list[Figure]:
    rate = await _throughput(servers, effort, earlier) / 2
    bare = await _bare_loop(servers, rate, effort.latency_seconds)
    ours, lateness, missing = await _executor(servers, rate, effort.latency_seconds)
    note = f"{len(ours)} executions at {rate:.0f}/s; the generator's own lateness: p99 {lateness * 1e3:.1f} ms"
    added, bare_added = [_added_ms(samples) for samples in (ours, bare)]
    if missing:
        added = []
        note = f"{missing} of {missing + len(ours)} results did not come: it does not keep up with {rate:.0f}/s"
    return [
        Figure(PART, "added latency at half load, p50", percentile(added, 50), "ms", at_most(P50_MS), note),
        Figure(PART, "added latency at half load, p99", percentile(added, 99), "ms", at_most(P99_MS)),
        Figure(PART, "the bare loop at the same rate, p50", percentile(bare_added, 50), "ms"),
        Figure(PART, "the bare loop at the same rate, p99", percentile(bare_added, 99), "ms"),
    ]


async def _throughput(servers: Servers, effort: Effort, earlier: Sequence[Figure]) -> float:
    """Of one executor at full speed: known from `hot`, else measured."""
    for figure in earlier:
        if figure.name == throughput_name(UPSTREAM_MS) and figure.value is not None:
            return figure.value
    return (await executor(servers, UPSTREAM_MS, effort.messages)).per_second


async def _executor(servers: Servers, rate: float, seconds: float) -> tuple[list[Sample], float, int]:
    async with open_scenario(servers, UPSTREAM_MS) as scenario:
        connector = a_connector(scenario.url("/people"), transform=TIMED_TRANSFORM)
        await scenario.publish([connector])
        await scenario.start_executors(max_in_flight=IN_FLIGHT, max_in_flight_per_connector=IN_FLIGHT)
        return await _load(scenario, connector.connector_id, rate, seconds)


async def _bare_loop(servers: Servers, rate: float, seconds: float) -> list[Sample]:
    async with open_scenario(servers, UPSTREAM_MS) as scenario:
        url = scenario.url("/people")
        await scenario.start_bare_loop(url, TIMED_TRANSFORM)
        samples, _, _ = await _load(scenario, a_connector(url).connector_id, rate, seconds)
        return samples


async def _load(scenario: Scenario, connector_id: UUID, rate: float, seconds: float) -> tuple[list[Sample], float, int]:
    """Samples of the steady state, the generator's lateness (p99), and how many results are missing."""
    traffic = scenario.traffic
    async with watch(scenario.servers.kafka, scenario.broker.partitions(RESULT), traffic) as arrivals:
        began = time.perf_counter()
        await traffic.steady(rate, WARM_UP_SECONDS + seconds, lambda _: connector_id)
        await arrivals.all_of({connector_id}, SETTLE_SECONDS)
        samples = arrivals.of({connector_id}, after=began + WARM_UP_SECONDS)
        return samples, percentile(traffic.lateness_seconds, 99), arrivals.missing({connector_id})


def _added_ms(samples: Sequence[Sample]) -> list[float]:
    return [sample.added_seconds * 1e3 for sample in samples]
