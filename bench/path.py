"""The whole path: from `connector.execute` to the contact, with one executor, one field mapper and one history.

Open-loop at 1,000/s. All run on the same cores as their servers and the upstream, so that it can be seen what is full
first there: the cores, or one process that cannot have more than one of them.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psutil

from bench.broker import Broker
from bench.cost import Cost
from bench.effort import Effort
from bench.figures import Figure, at_least, number
from bench.measured import Reading
from bench.results import percentile, watch
from bench.scenario import Scenario, open_scenario
from bench.servers import Servers, until
from bench.services import Companions
from connectors_local.processes import ChildProcess
from connectors_shared.contract.contact import FieldMapping, TargetType
from connectors_shared.contract.topics import CONTACT_UPDATED, RESULT

PART = "path"
UPSTREAM_MS = 50.0
OFFERED = 1_000.0
KEEPS_UP = 0.98
WARM_UP_SECONDS = 3.0
CONTACTS = 20_000
LATE_SECONDS = 600.0
"""Given to what was offered to get through."""
FULL = 0.95
HISTORY = "connectors-history-connector.result"
STAGES = {"results": "executor", "contacts updated": "field mapper", "executions in the history": "history"}
MAPPINGS = [
    FieldMapping(source_path="identity.firstName", target_field="first_name"),
    FieldMapping(source_path="identity.lastName", target_field="last_name"),
    FieldMapping(source_path="identity.city", target_field="city"),
    FieldMapping(source_path="data.income", target_field="income", target_type=TargetType.CUSTOM_FIELD),
    FieldMapping(source_path="data.credit", target_field="credit_score", target_type=TargetType.CUSTOM_FIELD),
]


@dataclass(frozen=True, slots=True)
class Passage:
    """What was asked for got through: seconds until each stage had all of it, and what it cost."""

    executions: int
    seconds: Mapping[str, float]
    cost: Cost
    added_ms: Sequence[float]

    def share(self, stage: str) -> float:
        """Of the rate that was offered."""
        return self.executions / self.seconds[stage] / OFFERED


async def measure(servers: Servers, effort: Effort, _earlier: Sequence[Figure]) -> list[Figure]:
    async with open_scenario(servers, UPSTREAM_MS) as scenario:
        passage = await _pass(scenario, effort.path_seconds)
    cores = {name: us * passage.cost.per_second / 1e6 for name, us in passage.cost.beside_us.items()}
    full = first_full(cores, passage.cost.cores_busy, psutil.cpu_count() or 1)
    print(f"  {full}")
    shares = [
        Figure(PART, f"{stage} a second, of {OFFERED:,.0f} offered", passage.share(stage), "x", at_least(KEEPS_UP))
        for stage in STAGES
    ]
    costs = [
        Figure(PART, f"CPU per execution: {name}", us, "µs", note=f"{cores[name]:.2f} cores")
        for name, us in sorted(passage.cost.beside_us.items(), key=lambda item: -item[1])
    ]
    return [
        *shares,
        Figure(PART, "from publication to the updated contact, p50", percentile(passage.added_ms, 50), "ms", note=full),
        Figure(PART, "from publication to the updated contact, p99", percentile(passage.added_ms, 99), "ms"),
        *costs,
    ]


async def _pass(scenario: Scenario, seconds: float) -> Passage:
    ids = await scenario.publish_look_ups()
    await scenario.start_executors()
    companions = Companions(scenario)
    for name in ("mapper", "history"):
        await companions.start(name)
    traffic, broker = scenario.traffic, scenario.broker
    traffic.contacts, traffic.mappings = [str(uuid4()) for _ in range(CONTACTS)], MAPPINGS
    everybody = scenario.servers.others([])
    async with watch(scenario.servers.kafka, broker.partitions(CONTACT_UPDATED), traffic) as arrivals:
        await traffic.steady(OFFERED, WARM_UP_SECONDS, lambda turn: ids[turn % len(ids)])
        warm = round(OFFERED * WARM_UP_SECONDS)
        await _through(scenario, warm, everybody)
        arrivals.samples.clear()
        before, count = Reading.take(0, [], everybody), round(OFFERED * seconds)
        passing = asyncio.create_task(_through(scenario, warm + count, everybody))
        await traffic.steady(OFFERED, seconds, lambda turn: ids[turn % len(ids)])
        ended = await passing
        after = Reading.take(count, [], everybody)
        await arrivals.all_of(set(ids), 1.0)
    took = {stage: moment - before.moment for stage, moment in ended.items()}
    return Passage(
        count, took, Cost.between(before, after), [sample.total_seconds * 1e3 for sample in arrivals.samples]
    )


async def _through(scenario: Scenario, count: int, everybody: list[ChildProcess]) -> dict[str, float]:
    """When each stage has had so many in all."""
    questions = dict(zip(STAGES, _counts(scenario.broker, scenario.prefix), strict=True))
    ended: dict[str, float] = {}

    async def all_of_them() -> bool:
        for stage, question in questions.items():
            if stage not in ended and await question() >= count:
                ended[stage] = time.perf_counter()
        return len(ended) == len(questions)

    await until(all_of_them, f"{count} of each stage", everybody, LATE_SECONDS, poll_seconds=0.1)
    return ended


def _counts(broker: Broker, prefix: str) -> list[Callable[[], Awaitable[int]]]:
    async def recorded() -> int:
        return sum((await broker.committed(prefix + HISTORY, RESULT)).values())

    return [lambda: broker.count(RESULT), lambda: broker.count(CONTACT_UPDATED), recorded]


def first_full(cores: Mapping[str, float], busy: float, there: int) -> str:
    """What cannot take more: the machine, or the process that has most of a core. `cores` are at work, by process."""
    most = max(cores, key=lambda name: cores[name])
    order: list[Any] = sorted(cores.items(), key=lambda item: -item[1])
    told = ", ".join(f"{name} {number(used)}" for name, used in order)
    if busy >= FULL * there:
        return f"first full: all {there} cores ({told})"
    return f"first full would be {most}: {cores[most]:.2f} of a core, {busy:.1f} of {there} cores busy ({told})"
