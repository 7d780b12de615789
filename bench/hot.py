"""What the promises cost: one executor with all of them on, against the bare loop.

Both read the same number of the same messages, call the same upstream with the same token and as many at once, and
publish results. The figure is CPU time of the process and its workers per execution, from idle to idle.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from bench.cost import Cost, against, typical
from bench.definitions import a_connector
from bench.effort import Effort
from bench.figures import Figure, at_most
from bench.peers import BARE, OURS, cpu_name
from bench.scenario import IN_FLIGHT, open_scenario
from bench.servers import Servers

PART = "hot"
UPSTREAMS_MS = (50.0, 5.0)
MOST = 0.75


async def measure(servers: Servers, effort: Effort, _earlier: Sequence[Figure]) -> list[Figure]:
    figures = []
    for latency_ms in UPSTREAMS_MS:
        ours, bare = await in_turn(
            effort.rounds,
            partial(executor, servers, latency_ms, effort.messages),
            partial(bare_loop, servers, latency_ms, effort.messages),
        )
        print(f"  upstream {latency_ms:g} ms\n    bare loop {typical(bare)}\n    executor  {typical(ours)}")
        figures += _figures(latency_ms, bare, ours)
    return figures


async def in_turn(rounds: int, *sides: Callable[[], Awaitable[Cost]]) -> list[list[Cost]]:
    """The costs of each side, which take turns; what is last in one round is the first in the next."""
    costs: list[list[Cost]] = [[] for _ in sides]
    order = list(range(len(sides)))
    for _ in range(rounds):
        for side in order:
            costs[side].append(await sides[side]())
        order.reverse()
    return costs


async def bare_loop(
    servers: Servers, latency_ms: float, messages: int, path: str = "/people", *, tls: bool = False
) -> Cost:
    async with open_scenario(servers, latency_ms, tls=tls) as scenario:
        url = scenario.url(path)
        await scenario.start_bare_loop(url)
        return await scenario.cost_of([a_connector(url).connector_id] * messages)


async def executor(
    servers: Servers,
    latency_ms: float,
    messages: int,
    path: str = "/people",
    *,
    processes: int = 1,
    in_flight: int = IN_FLIGHT,
    tls: bool = False,
) -> Cost:
    """`messages` executions in all, over SPREAD connectors; `in_flight` calls at once in each process."""
    async with open_scenario(servers, latency_ms, tls=tls) as scenario:
        ids = await scenario.publish_look_ups(path)
        await scenario.start_executors(processes, max_in_flight=in_flight, max_in_flight_per_connector=in_flight)
        return await scenario.cost_of([ids[turn % len(ids)] for turn in range(messages)])


def throughput_name(latency_ms: float) -> str:
    return f"throughput of one executor, upstream {latency_ms:g} ms"


def _figures(latency_ms: float, bare: list[Cost], ours: list[Cost]) -> list[Figure]:
    upstream = f"upstream {latency_ms:g} ms"
    return [
        against(PART, f"CPU per execution against the bare loop, {upstream}", ours, bare, at_most(MOST)),
        Figure(PART, cpu_name(OURS, latency_ms), typical(ours).cpu_us, "µs"),
        Figure(PART, cpu_name(BARE, latency_ms), typical(bare).cpu_us, "µs"),
        Figure(PART, throughput_name(latency_ms), typical(ours).per_second, "/s"),
        Figure(PART, f"throughput of the bare loop, {upstream}", typical(bare).per_second, "/s"),
    ]
