"""Whether it stays as fast when there is more of something: processes, connectors, parked executions.

Two processes are compared with one twice: with so few calls in flight that cores are left, where their throughput
tells; and at full speed, where on a small machine the cores run out, and the CPU per execution tells what more
cores would give.
"""

from collections.abc import Sequence
from functools import partial
from statistics import median

import psutil

from bench import scale_connectors, scale_parked
from bench.cost import Cost, against, growth, typical
from bench.effort import Effort
from bench.figures import Figure, at_least, at_most
from bench.hot import executor, in_turn
from bench.scenario import IN_FLIGHT
from bench.servers import Servers

PART = "scale"
UPSTREAM_MS = 50.0
FEW_IN_FLIGHT = 24
"""Per process: with an upstream of 50 ms at most 480/s, a fraction of a core."""
ENOUGH_CORES = 6
"""From here on two processes at full speed, the servers, the upstream and the bench itself find a core each."""
SPEED_UP = 1.8


async def measure(servers: Servers, effort: Effort, _earlier: Sequence[Figure]) -> list[Figure]:
    return [
        *await _processes(servers, effort),
        *await scale_connectors.measure(servers, effort),
        *await scale_parked.measure(servers, effort),
    ]


async def _processes(servers: Servers, effort: Effort) -> list[Figure]:
    few = await _replicas(servers, effort.rounds, effort.messages // 4, FEW_IN_FLIGHT, (1, 2))
    full = await _replicas(servers, effort.rounds, effort.messages, IN_FLIGHT, (1, 2, 4))
    cores = psutil.cpu_count() or 1
    enough = cores >= ENOUGH_CORES
    ours, theirs = typical(full[2]), typical(full[1])
    return [
        Figure(
            PART,
            "throughput of two processes against one, cores left",
            _speed_up(few[1], few[2]),
            "x",
            at_least(SPEED_UP),
            f"{FEW_IN_FLIGHT} calls in flight each: {typical(few[1]).per_second:.0f}/s and "
            f"{typical(few[2]).per_second:.0f}/s, {typical(few[2]).cores_busy:.1f} of {cores} cores busy with two",
        ),
        Figure(
            PART,
            "throughput of two processes against one, full speed",
            _speed_up(full[1], full[2]),
            "x",
            at_least(SPEED_UP) if enough else None,
            f"{theirs.per_second:.0f}/s and {ours.per_second:.0f}/s; {ours.cores_busy:.1f} of {cores} cores busy"
            + ("" if enough else ": the cores do not last, so this cannot tell; the next figure does"),
        ),
        against(
            PART,
            "CPU per execution of two processes against one, full speed",
            full[2],
            full[1],
            at_most(round(2 / SPEED_UP, 2)),
        ),
        *growth(PART, "replicas", full),
    ]


async def _replicas(
    servers: Servers, rounds: int, messages: int, in_flight: int, counts: Sequence[int]
) -> dict[float, list[Cost]]:
    """With `messages` for each process."""
    sides = [
        partial(executor, servers, UPSTREAM_MS, count * messages, processes=count, in_flight=in_flight)
        for count in counts
    ]
    costs = dict(zip(counts, await in_turn(rounds, *sides), strict=True))
    print(f"  {in_flight} in flight each")
    for count, found in costs.items():
        print(f"    processes: {count} {typical(found)}")
    return {float(count): found for count, found in costs.items()}


def _speed_up(one: list[Cost], two: list[Cost]) -> float:
    return median(pair[1].per_second / pair[0].per_second for pair in zip(one, two, strict=True))
