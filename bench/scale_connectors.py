"""One connector against a hundred thousand: CPU per execution, and the memory that their definitions take."""

from statistics import median

from bench.cost import Cost, ratio, spread, typical
from bench.definitions import many_connectors
from bench.effort import Effort
from bench.figures import Figure, at_most
from bench.hot import executor
from bench.measured import MIB, proportional_bytes, resident_bytes
from bench.scenario import IN_FLIGHT, Scenario, open_scenario
from bench.servers import Servers
from bench.traffic import spread_over

PART = "scale"
UPSTREAM_MS = 50.0
FLAT, MEMORY_MIB = 1.1, 250.0


async def measure(servers: Servers, effort: Effort) -> list[Figure]:
    one: list[Cost] = []
    many: list[Cost] = []
    resident: list[int] = []
    whole: list[int] = []
    for _ in range(effort.rounds):
        one.append(await executor(servers, UPSTREAM_MS, effort.messages))
        async with open_scenario(servers, UPSTREAM_MS) as scenario:
            many.append(await _with_connectors(scenario, effort, resident, whole))
    print(f"  1 connector            {typical(one)}\n  {effort.connectors:,} connectors {typical(many)}")
    name = f"{effort.connectors:,} connectors"
    return [
        Figure(PART, f"CPU per execution, {name} against 1", ratio(many, one), "x", at_most(FLAT), spread(many, one)),
        Figure(
            PART,
            f"resident memory with {name} loaded, after executions of them",
            median(resident) / MIB,
            "MiB",
            at_most(MEMORY_MIB),
            f"with its transform workers, shared pages counted once: {median(whole) / MIB:.0f} MiB",
        ),
    ]


async def _with_connectors(scenario: Scenario, effort: Effort, resident: list[int], whole: list[int]) -> Cost:
    """Executions spread uniformly, the worst for any cache; memory goes to the two lists."""
    connectors = many_connectors(scenario.url("/people"), effort.connectors)
    await scenario.publish(connectors)
    ids = [connector.connector_id for connector in connectors]
    del connectors
    (child,) = await scenario.start_executors(max_in_flight=IN_FLIGHT, max_in_flight_per_connector=IN_FLIGHT)
    loaded = resident_bytes(child)
    cost = await scenario.cost_of(spread_over(ids, effort.messages))
    resident.append(max(loaded, resident_bytes(child)))
    whole.append(proportional_bytes(child))
    return cost
