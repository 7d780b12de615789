"""An executor's start: from the process to the first result, and what it costs until then.

Its schema is there already, as after any restart; the execution is in the topic before the process starts.
"""

import time
from collections.abc import Sequence
from statistics import median
from uuid import UUID

from bench.definitions import a_connector
from bench.effort import Effort
from bench.figures import Figure, at_most
from bench.measured import cpu_seconds, tree
from bench.scenario import START_SECONDS, Scenario, open_scenario
from bench.servers import Servers, until
from connectors_shared.contract.topics import RESULT

PART = "start"
UPSTREAM_MS = 5.0
MOST_SECONDS = 1.5
STARTS_PER_ROUND = 3

Start = tuple[float, float, float]
"""Seconds to the first result, CPU seconds of the process, and of its transform workers."""


async def measure(servers: Servers, effort: Effort, _earlier: Sequence[Figure]) -> list[Figure]:
    async with open_scenario(servers, UPSTREAM_MS) as scenario:
        connector = a_connector(scenario.url("/people"))
        await scenario.publish([connector])
        first = await _start(scenario, connector.connector_id)
        starts = [await _start(scenario, connector.connector_id) for _ in range(STARTS_PER_ROUND * effort.rounds)]
    elapsed, own, workers = (median(values) for values in zip(*starts, strict=True))
    all_of_them = ", ".join(f"{start[0]:.2f} s ({start[1]:.2f} s of CPU)" for start in starts)
    return [
        Figure(PART, "first result after the start of an executor", elapsed, "s", at_most(MOST_SECONDS), all_of_them),
        Figure(PART, "CPU of its process until then", own, "s", at_most(MOST_SECONDS)),
        Figure(PART, "CPU of its transform workers until then", workers, "s"),
        Figure(PART, "the same on an empty database, whose schema is made first", first[0], "s"),
    ]


async def _start(scenario: Scenario, connector: UUID) -> Start:
    await scenario.traffic.burst([connector])
    done = await scenario.broker.count(RESULT)
    began = time.perf_counter()
    child = scenario.spawn_executor()

    async def answered() -> bool:
        return await scenario.broker.count(RESULT) > done

    await until(answered, "first result", [child], START_SECONDS, poll_seconds=0.01)
    elapsed, cpu = time.perf_counter() - began, cpu_seconds(tree(child.pid))
    await scenario.stop_subjects()
    own = cpu.pop(child.pid)
    return elapsed, own, sum(cpu.values())
