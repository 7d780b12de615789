"""A low rate: what one execution costs when hardly any is under way, and what two share has to be waited for.

An execution comes every 5 ms, each of another connector; what a process does that has nothing to do counts as well. The
bare loop has the same, without the promises, and a poll and a produce request for each.
"""

from collections.abc import Sequence

from bench.cost import Cost, against, typical
from bench.definitions import a_connector
from bench.effort import Effort
from bench.figures import Figure, at_most
from bench.hot import in_turn
from bench.peers import BARE, OURS, low_name
from bench.scenario import open_scenario
from bench.servers import Servers

PART = "low"
UPSTREAM_MS = 50.0
PER_SECOND = 200.0
MOST = 1.2


async def measure(servers: Servers, effort: Effort, _earlier: Sequence[Figure]) -> list[Figure]:
    ours, bare = await in_turn(
        effort.rounds,
        lambda: _executor(servers, effort.low_seconds),
        lambda: _bare_loop(servers, effort.low_seconds),
    )
    print(f"  bare loop {typical(bare)}\n  executor  {typical(ours)}")
    name = f"CPU per execution at {PER_SECOND:g}/s against the bare loop"
    return [
        against(PART, name, ours, bare, at_most(MOST)),
        Figure(PART, low_name(OURS), typical(ours).cpu_us, "µs"),
        Figure(PART, low_name(BARE), typical(bare).cpu_us, "µs"),
    ]


async def _executor(servers: Servers, seconds: float) -> Cost:
    async with open_scenario(servers, UPSTREAM_MS) as scenario:
        ids = await scenario.publish_look_ups()
        await scenario.start_executors()
        return await scenario.cost_at(PER_SECOND, seconds, ids)


async def _bare_loop(servers: Servers, seconds: float) -> Cost:
    async with open_scenario(servers, UPSTREAM_MS) as scenario:
        url = scenario.url("/people")
        await scenario.start_bare_loop(url)
        return await scenario.cost_at(PER_SECOND, seconds, [a_connector(url).connector_id])
