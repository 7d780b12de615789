"""What the promises cost: one executor with all of them on, against the bare loop.

Both read the same number of the same messages, call the same upstream with the same number in flight, and publish
results. The figure is CPU time of the process and its workers per execution, while there is work for all.
"""

from collections.abc import Sequence

from bench.cost import Cost, ratio, spread, typical
from bench.definitions import a_connector
from bench.effort import Effort
from bench.figures import Figure, at_most
from bench.scenario import IN_FLIGHT, open_scenario
from bench.servers import Servers

PART = "hot"
UPSTREAMS_MS = (50.0, 5.0)
MOST = 1.5


async def measure(servers: Servers, effort: Effort, _earlier: Sequence[Figure]) -> list[Figure]:
    figures = []
    for latency_ms in UPSTREAMS_MS:
        bare, ours = [], []
        for _ in range(effort.rounds):
            bare.append(await bare_loop(servers, latency_ms, effort.messages))
            ours.append(await executor(servers, latency_ms, effort.messages))
        print(f"  upstream {latency_ms:g} ms\n    bare loop {typical(bare)}\n    executor  {typical(ours)}")
        figures += _figures(latency_ms, bare, ours)
    return figures


async def bare_loop(servers: Servers, latency_ms: float, messages: int) -> Cost:
    async with open_scenario(servers, latency_ms) as scenario:
        url = scenario.url("/people")
        await scenario.start_bare_loop(url)
        return await scenario.cost_of([a_connector(url).connector_id] * messages)


async def executor(
    servers: Servers, latency_ms: float, messages: int, *, processes: int = 1, in_flight: int = IN_FLIGHT
) -> Cost:
    """One connector, `messages` executions in all; `in_flight` calls at once in each process."""
    async with open_scenario(servers, latency_ms) as scenario:
        connector = a_connector(scenario.url("/people"))
        await scenario.publish([connector])
        await scenario.start_executors(processes, max_in_flight=in_flight, max_in_flight_per_connector=in_flight)
        return await scenario.cost_of([connector.connector_id] * messages)


def throughput_name(latency_ms: float) -> str:
    return f"throughput of one executor, upstream {latency_ms:g} ms"


def _figures(latency_ms: float, bare: list[Cost], ours: list[Cost]) -> list[Figure]:
    upstream = f"upstream {latency_ms:g} ms"
    return [
        Figure(
            PART,
            f"CPU per execution against the bare loop, {upstream}",
            ratio(ours, bare),
            "x",
            at_most(MOST),
            f"{spread(ours, bare)}; {typical(ours).cpu_us:.0f} µs against {typical(bare).cpu_us:.0f} µs",
        ),
        Figure(PART, throughput_name(latency_ms), typical(ours).per_second, "/s"),
        Figure(PART, f"throughput of the bare loop, {upstream}", typical(bare).per_second, "/s"),
    ]
