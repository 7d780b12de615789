"""Whether it stays as fast when there is more of something: processes, connectors, parked executions.

Two processes are compared with one twice: with so few calls in flight that cores are left, where their throughput
tells; and at full speed, where on a small machine the cores run out, and the CPU per execution tells what more
cores would give.
"""

from collections.abc import Sequence
from statistics import median

import psutil

from bench import scale_connectors, scale_parked
from bench.cost import Cost, ratio, spread, typical
from bench.effort import Effort
from bench.figures import Figure, at_least, at_most
from bench.hot import executor
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
    few = await _one_and_two(servers, effort.rounds, effort.messages // 4, FEW_IN_FLIGHT)
    full = await _one_and_two(servers, effort.rounds, effort.messages, IN_FLIGHT)
    cores = psutil.cpu_count() or 1
    enough = cores >= ENOUGH_CORES
    ours, theirs = typical(full[1]), typical(full[0])
    return [
        Figure(
            PART,
            "throughput of two processes against one, cores left",
            _speed_up(*few),
            "x",
            at_least(SPEED_UP),
            f"{FEW_IN_FLIGHT} calls in flight each: {typical(few[0]).per_second:.0f}/s and "
            f"{typical(few[1]).per_second:.0f}/s, {typical(few[1]).cores_busy:.1f} of {cores} cores busy with two",
        ),
        Figure(
            PART,
            "throughput of two processes against one, full speed",
            _speed_up(*full),
            "x",
            at_least(SPEED_UP) if enough else None,
            f"{theirs.per_second:.0f}/s and {ours.per_second:.0f}/s; {ours.cores_busy:.1f} of {cores} cores busy"
            + ("" if enough else ": the cores do not last, so this cannot tell; the next figure does"),
        ),
        Figure(
            PART,
            "CPU per execution of two processes against one, full speed",
            ratio(full[1], full[0]),
            "x",
            at_most(round(2 / SPEED_UP, 2)),
            f"{spread(full[1], full[0])}; with a core for each, two would do "
            f"{2 / ratio(full[1], full[0]):.2f} x the throughput of one",
        ),
    ]


async def _one_and_two(servers: Servers, rounds: int, messages: int, in_flight: int) -> tuple[list[Cost], list[Cost]]:
    """With `messages` for each process."""
    one, two = [], []
    for _ in range(rounds):
        one.append(await executor(servers, UPSTREAM_MS, messages, in_flight=in_flight))
        two.append(await executor(servers, UPSTREAM_MS, 2 * messages, processes=2, in_flight=in_flight))
    print(f"  {in_flight} in flight each\n    one process   {typical(one)}\n    two processes {typical(two)}")
    return one, two


def _speed_up(one: list[Cost], two: list[Cost]) -> float:
    return median(pair[1].per_second / pair[0].per_second for pair in zip(one, two, strict=True))
