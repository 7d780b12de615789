"""One connector against a hundred thousand: CPU per execution, and the memory that their definitions take."""

from statistics import median

from bench.cost import Cost, against, growth, typical
from bench.definitions import many_connectors
from bench.effort import Effort
from bench.figures import Figure, at_most
from bench.measured import MIB, proportional_bytes, resident_bytes
from bench.scenario import IN_FLIGHT, Scenario, open_scenario
from bench.servers import Servers
from bench.traffic import spread_over

PART = "scale"
UPSTREAM_MS = 50.0
FLAT, MEMORY_MIB = 1.1, 250.0


BETWEEN = 1_000


async def measure(servers: Servers, effort: Effort) -> list[Figure]:
    costs: dict[float, list[Cost]] = {1: [], BETWEEN: [], effort.connectors: []}
    resident: list[int] = []
    whole: list[int] = []
    for _ in range(effort.rounds):
        for count, found in costs.items():
            async with open_scenario(servers, UPSTREAM_MS) as scenario:
                cost, most, with_workers = await _with_connectors(scenario, int(count), effort.messages)
            found.append(cost)
        resident.append(most)
        whole.append(with_workers)
    for count, found in costs.items():
        print(f"  {count:,g} connectors {typical(found)}")
    name, one, many = f"{effort.connectors:,} connectors", costs[1], costs[effort.connectors]
    return [
        against(PART, f"CPU per execution, {name} against 1", many, one, at_most(FLAT)),
        *growth(PART, "connectors", costs),
        Figure(
            PART,
            f"resident memory with {name} loaded, after executions of them",
            median(resident) / MIB,
            "MiB",
            at_most(MEMORY_MIB),
            f"with its transform workers, shared pages counted once: {median(whole) / MIB:.0f} MiB",
        ),
    ]


async def _with_connectors(scenario: Scenario, count: int, messages: int) -> tuple[Cost, int, int]:
    """Executions spread uniformly, the worst for any cache; bytes of the process at most, and with its workers."""
    connectors = many_connectors(scenario.url("/people"), count)
    await scenario.publish(connectors)
    ids = [connector.connector_id for connector in connectors]
    del connectors
    (child,) = await scenario.start_executors(max_in_flight=IN_FLIGHT, max_in_flight_per_connector=IN_FLIGHT)
    loaded = resident_bytes(child)
    cost = await scenario.cost_of(spread_over(ids, messages))
    return cost, max(loaded, resident_bytes(child)), proportional_bytes(child)
