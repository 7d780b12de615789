"""The registry's API: reads at 500/s, and saves with their publication, open-loop, from an idle process on.

Times are from the moment a request was sent; how late the generator was by itself is printed. A save's answer comes
when Kafka has the new definition.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import aiohttp

from bench.effort import Effort
from bench.figures import Figure, at_most
from bench.measured import Reading, cpu_between
from bench.results import percentile
from bench.scenario import Scenario, open_scenario
from bench.servers import Servers
from bench.services import Companions
from connectors_local.processes import ChildProcess

PART = "registry"
UPSTREAM_MS = 5.0
READS_PER_SECOND, SAVES_PER_SECOND = 500.0, 20.0
READ_MS, SAVE_MS = 20.0, 60.0
CONNECTORS = 300
WARM_UP = 0.2
AT_ONCE = 8

Ask = Callable[[int], Awaitable[None]]


class RefusedError(Exception):
    """The registry answered that it cannot at the moment."""


@dataclass(slots=True)
class Load:
    """What came of it: milliseconds of each answer (infinite: refused), CPU of a request by process."""

    times_ms: list[float] = field(default_factory=list)
    lateness_ms: list[float] = field(default_factory=list)
    cpu_us: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Api:
    """As a browser or another program asks it."""

    session: aiohttp.ClientSession
    origin: str
    ids: list[str] = field(default_factory=list)

    async def create(self, number: int) -> None:
        answer = await self._json("POST", "/api/connectors", json=a_draft(self.origin, number))
        self.ids.append(answer["id"])

    async def read(self, turn: int) -> None:
        await self._json("GET", f"/api/connectors/{self.ids[turn % len(self.ids)]}")

    async def page(self, _turn: int) -> None:
        await self._json("GET", "/api/connectors")

    async def save(self, turn: int) -> None:
        """Another definition each time."""
        draft = a_draft(self.origin, time.monotonic_ns())
        answer = await self._json("PUT", f"/api/connectors/{self.ids[turn % len(self.ids)]}", json=draft)
        if not answer["published"]:
            raise RuntimeError("a save was answered before it was published")

    async def _json(self, method: str, path: str, **more: Any) -> Any:
        async with self.session.request(method, path, **more) as response:
            if response.status in (429, 503):
                raise RefusedError
            if response.status >= 300:
                raise RuntimeError(f"{method} {path}: {response.status} {await response.text()}")
            return await response.json()


def a_draft(origin: str, number: int) -> dict[str, Any]:
    config = {
        "method": "GET",
        "url": f"{origin}/people/{number}",
        "queryParams": [{"key": "phone", "valueType": "input", "inputField": "phoneNumber", "required": True}],
        "headers": [{"key": "X-Account", "value": f"account-{number}"}],
        "responseTransform": 'identities[0].{"name": firstName & " " & lastName, "city": city}',
    }
    schema = {"phoneNumber": {"type": "string", "required": True}}
    return {"name": f"Look-up {number}", "description": "Of the bench.", "config": config, "input_schema": schema}


async def measure(servers: Servers, effort: Effort, _earlier: Sequence[Figure]) -> list[Figure]:
    async with open_scenario(servers, UPSTREAM_MS) as scenario:
        companions = Companions(scenario)
        child, url = await companions.start("registry")
        headers = {"Authorization": f"Bearer {companions.token()}"}
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(url, headers=headers, connector=connector) as session:
            api = Api(session, scenario.origin)
            await _created(api)
            kinds: dict[str, tuple[Ask, float, float]] = {
                "read of one connector": (api.read, READS_PER_SECOND, READ_MS),
                "page of 50 connectors": (api.page, READS_PER_SECOND, READ_MS),
                "save with its publication": (api.save, SAVES_PER_SECOND, SAVE_MS),
            }
            loads: dict[str, list[Load]] = {name: [] for name in kinds}
            for _ in range(effort.rounds):
                for name, (ask, rate, _) in kinds.items():
                    loads[name].append(await _load(scenario, child, ask, rate, effort.request_seconds))
    return [figure for name, (_, rate, most) in kinds.items() for figure in _figures(name, rate, most, loads[name])]


async def _created(api: Api) -> None:
    for first in range(0, CONNECTORS, AT_ONCE):
        await asyncio.gather(*(api.create(number) for number in range(first, first + AT_ONCE)))


async def _load(scenario: Scenario, child: ChildProcess, ask: Ask, per_second: float, seconds: float) -> Load:
    await _open_loop(ask, per_second, WARM_UP * seconds)
    beside = scenario.servers.others([child])
    before = Reading.take(0, [child], beside)
    load = await _open_loop(ask, per_second, seconds)
    after = Reading.take(len(load.times_ms), [child], beside)
    used = {name: cpu_between(times, after.beside.get(name, {})) for name, times in before.beside.items()}
    used["registry"] = cpu_between(before.subjects, after.subjects)
    load.cpu_us = {name: cpu / len(load.times_ms) * 1e6 for name, cpu in used.items()}
    return load


async def _open_loop(ask: Ask, per_second: float, seconds: float) -> Load:
    """Requests leave when their time has come, whatever became of those before."""
    load, began = Load(), time.perf_counter()

    async def timed(turn: int) -> None:
        sent = time.perf_counter()
        try:
            await ask(turn)
        except RefusedError:
            load.times_ms.append(math.inf)
        else:
            load.times_ms.append((time.perf_counter() - sent) * 1e3)

    async with asyncio.TaskGroup() as requests:
        for turn in range(round(per_second * seconds)):
            planned = began + turn / per_second
            if (early := planned - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            load.lateness_ms.append((time.perf_counter() - planned) * 1e3)
            requests.create_task(timed(turn))
    return load


def _figures(name: str, per_second: float, most_ms: float, loads: Sequence[Load]) -> list[Figure]:
    ends = {percent: [percentile(load.times_ms, percent) for load in loads] for percent in (50, 99)}
    cpu = {who: median(load.cpu_us[who] for load in loads) for who in ("registry", "postgres", "kafka-1", "valkey")}
    refused = sum(load.times_ms.count(math.inf) for load in loads)
    late = median(percentile(load.lateness_ms, 99) for load in loads)
    note = f"p50 {median(ends[50]):.1f} ms; the generator late by {late:.1f} ms (p99)"
    note += f"; {refused} refused" if refused else ""
    told = ", ".join(f"{who} {us:.0f} µs" for who, us in cpu.items())
    extent = (min(ends[99]), max(ends[99]))
    return [
        Figure(PART, f"{name} at {per_second:g}/s, p99", median(ends[99]), "ms", at_most(most_ms), note, extent),
        Figure(PART, f"CPU of the registry for a {name}", cpu["registry"], "µs", note=told),
    ]
