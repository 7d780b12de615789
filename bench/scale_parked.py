"""Nothing parked against a million: what an execution of another connector costs, and what doing nothing costs."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import aiosql
import asyncpg

from bench.cost import Cost, against, growth, typical
from bench.definitions import WORKSPACE, a_connector
from bench.effort import Effort
from bench.figures import Figure, at_most
from bench.measured import Reading, cpu_between
from bench.scenario import IN_FLIGHT, Scenario, open_scenario
from bench.servers import Servers
from connectors_shared.runtime.roles import Role, acting_as

PART = "scale"
UPSTREAM_MS = 50.0
FLAT = 1.1
BETWEEN = 10_000
PER_BACKLOG = 100
SETTLE_SECONDS = 3.0
IDLE_SECONDS = 10.0

queries = aiosql.from_path(Path(__file__).with_name("parked.sql"), "asyncpg", mandatory_parameters=False)


@dataclass(frozen=True, slots=True)
class Idle:
    """CPU seconds per second while there is nothing to do."""

    executor: float
    postgres: float

    @staticmethod
    def between(before: Reading, after: Reading) -> "Idle":
        seconds = after.moment - before.moment
        postgres = cpu_between(before.beside.get("postgres", {}), after.beside.get("postgres", {}))
        return Idle(cpu_between(before.subjects, after.subjects) / seconds, postgres / seconds)


async def measure(servers: Servers, effort: Effort) -> list[Figure]:
    parked_name = f"{effort.parked:,} parked"
    name = f"CPU per execution, {parked_name} against 0"
    costs: dict[float, list[Cost]] = {0: [], BETWEEN: [], effort.parked: []}
    idle: dict[float, list[Idle]] = {parked: [] for parked in costs}
    for _ in range(effort.rounds):
        for parked in costs:
            async with open_scenario(servers, UPSTREAM_MS) as scenario:
                found = await _with_parked(scenario, int(parked), effort.messages)
            if found is None:
                return [
                    Figure(PART, name, None, "x", at_most(FLAT), "this executor parks nothing: it has no such table")
                ]
            costs[parked].append(found[0])
            idle[parked].append(found[1])
    none, some = costs[0], costs[effort.parked]
    ends = (idle[0], idle[effort.parked])
    print(f"  nothing parked    {typical(none)}\n  {effort.parked:,} parked  {typical(some)}")
    return [
        against(PART, name, some, none, at_most(FLAT)),
        *growth(PART, "parked", costs),
        _idle_figure("an idle executor", parked_name, [[i.executor for i in runs] for runs in ends]),
        _idle_figure("Postgres meanwhile", parked_name, [[i.postgres for i in runs] for runs in ends]),
    ]


def _idle_figure(whose: str, parked: str, runs: list[list[float]]) -> Figure:
    without, with_parked = [median(run) * 1e3 for run in runs]
    return Figure(
        PART, f"CPU of {whose}, {parked}", with_parked, "ms/s", note=f"with nothing parked {without:.1f} ms/s"
    )


async def _with_parked(scenario: Scenario, parked: int, messages: int) -> tuple[Cost, Idle] | None:
    """The cost of executions of a connector without a backlog, and then of doing nothing.

    None when there is no table to park in.
    """
    connector = a_connector(scenario.url("/people"))
    await scenario.publish([connector])
    await scenario.start_executors(max_in_flight=IN_FLIGHT, max_in_flight_per_connector=IN_FLIGHT)
    if not await _park(scenario.database_url, parked):
        return None
    cost = await scenario.cost_of([connector.connector_id] * messages)
    await asyncio.sleep(SETTLE_SECONDS)
    before = scenario.reading(0)
    await asyncio.sleep(IDLE_SECONDS)
    return cost, Idle.between(before, scenario.reading(0))


async def _park(database_url: str, count: int) -> bool:
    """Straight into the executor's tables: backlogs of other connectors, none of them due for an hour."""
    connection = await asyncpg.connect(acting_as(database_url, "executor", Role.OWNER))
    try:
        if not await queries.can_park(connection):
            return False
        if count:
            await queries.park_backlogs(
                connection, workspace_id=WORKSPACE, backlogs=count // PER_BACKLOG, each=PER_BACKLOG
            )
            await queries.park_executions(connection, workspace_id=WORKSPACE, count=count, each=PER_BACKLOG)
            await connection.execute("VACUUM ANALYZE")
        return True
    finally:
        await connection.close()
