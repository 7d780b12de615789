"""The field mapper: what a result costs beside a bare batched upsert of the same rows, and four mappers at once.

From the bytes of a record to the commit of its contact, its history and its message, on a real Postgres, in batches as
they are polled; without Kafka's network. Rounds of the two sides alternate, and each has contacts of its own.
"""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
import psutil

from bench.bare_upsert import upserted
from bench.effort import Effort
from bench.figures import Figure, at_least, at_most
from bench.measured import MIB, cpu_seconds, tree
from bench.servers import Servers
from connectors_local.testservers import fresh_database
from connectors_shared.contract.contact import FieldMapping, MappingOptions, TargetType
from connectors_shared.contract.execution import ConnectorResult, ExecutionContext, ResultStatus
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.migrations import bring_up_to_date
from connectors_shared.runtime.postgres import Work, open_pool
from connectors_shared.runtime.roles import Role
from connectors_shared.runtime.server import collect_less
from field_mapper import migrations_dir
from field_mapper.app import SCHEMA
from field_mapper.batch import BatchProcessor
from field_mapper.metrics import MapperMetrics
from field_mapper.outbound.publisher import Outgoing
from field_mapper.outbound.repository import PostgresContacts
from field_mapper.regions import Regions
from field_mapper.retries import Retries

PART: Final = "mapper"
BATCH: Final = 500
WORKSPACE: Final = UUID(int=1)
NUMBERS: Final = 7_999_999_999
"""Of telephones, from 2_000_000_000 on."""
MAPPERS: Final = 4
RATE: Final = 5_000
SHARE: Final = 0.5
"""Of what the bare upsert does."""
GROWTH: Final = 1.15
MAPPINGS: Final = [
    FieldMapping(source_path="identity.firstName", target_field="first_name"),
    FieldMapping(source_path="identity.lastName", target_field="last_name"),
    FieldMapping(source_path="identity.address", target_field="address"),
    FieldMapping(source_path="identity.phones[0].phone", target_field="phone"),
    FieldMapping(source_path="identity.email", target_field="email"),
    FieldMapping(source_path="data.income", target_field="income", target_type=TargetType.CUSTOM_FIELD),
    FieldMapping(source_path="data.credit", target_field="credit_score", target_type=TargetType.CUSTOM_FIELD),
]


@dataclass(frozen=True, slots=True)
class Record:
    """A Kafka record, as far as it is used."""

    value: bytes
    offset: int
    topic: str = "connector.result"
    partition: int = 0
    key: bytes | None = None
    headers: Sequence[tuple[str, bytes]] = ()


@dataclass(slots=True)
class Sink:
    """Acknowledges everything; a dead letter is a fault of the bench."""

    sent: int = 0

    async def send(self, messages: Sequence[Outgoing]) -> dict[int, Exception]:
        for message in messages:
            assert message.topic == "contact.updated"
        self.sent += len(messages)
        return {}


def a_record(number: int, contact_id: UUID) -> Record:
    data: dict[str, Any] = {
        "identity": {
            "firstName": f"First{number}",
            "lastName": "Tayzon",
            "address": f"{number} Indian Well Dr",
            "phones": [{"phone": f"{2_000_000_000 + number}"}],
            "email": f"person{number}@example.org",
        },
        "data": {"income": 187_500 + number, "credit": 775},
    }
    result = ConnectorResult(
        execution_id=uuid4(),
        workspace_id=WORKSPACE,
        connector_id=UUID(int=2),
        connector_version=1,
        context=ExecutionContext(flow_id="flow", flow_run_id="run", step_id="step", contact_id=str(contact_id)),
        status=ResultStatus.SUCCESS,
        success=True,
        data=data,
        field_mappings=MAPPINGS,
        options=MappingOptions(create_if_not_exists=True),
        finished_at=datetime.now(UTC),
    )
    return Record(result.to_json(), number)


@dataclass(slots=True)
class Spent:
    """Microseconds a result: of the clock, of this process, of Postgres (0 where it is not ours to look at)."""

    wall: float
    process: float
    postgres: float

    @property
    def cpu(self) -> float:
        return self.process + self.postgres


@dataclass(slots=True)
class Bench:
    pool: asyncpg.Pool
    server: Callable[[], float]
    retried: list[str] = field(default_factory=list)

    def processor(self) -> BatchProcessor:
        return BatchProcessor(
            PostgresContacts(self.pool, Work.BACKGROUND),
            Sink(),
            Regions("US"),
            SystemClock(),
            MapperMetrics(),
            Retries(self.retried.append),
        )

    async def spent(self, work: Callable[[Sequence[Record]], Awaitable[None]], records: Sequence[Record]) -> Spent:
        before = (time.perf_counter(), time.process_time(), self.server())
        for start in range(0, len(records), BATCH):
            await work(records[start : start + BATCH])
        after = (time.perf_counter(), time.process_time(), self.server())
        return Spent(*((end - begin) / len(records) * 1e6 for begin, end in zip(before, after, strict=True)))


@asynccontextmanager
async def a_bench(servers: Servers) -> AsyncIterator[Bench]:
    """With a database of its own."""
    ours = [child for child in servers.supervisor.children if child.name == "postgres"]

    def postgres() -> float:
        return sum(sum(cpu_seconds(tree(child.pid)).values()) for child in ours)

    async with fresh_database(servers.postgres) as url:
        await bring_up_to_date(url, migrations_dir(), SCHEMA)
        async with await open_pool(url, schema=SCHEMA, role=Role.APP, max_size=MAPPERS) as pool:
            yield Bench(pool, postgres)


async def measure(servers: Servers, effort: Effort, _earlier: Sequence[Figure]) -> list[Figure]:
    collect_less()
    async with a_bench(servers) as bench:
        processor = bench.processor()

        async def mapped(records: Sequence[Record]) -> None:
            await _mapped(processor, records)

        async def bare(records: Sequence[Record]) -> None:
            await upserted(bench.pool, [record.value for record in records])

        async def whole(records: Sequence[Record]) -> None:
            await upserted(bench.pool, [record.value for record in records], whole=True)

        await mapped(_records([uuid4() for _ in range(BATCH)]))  # statements are prepared, fields defined
        figures: list[Figure] = []
        sides: dict[str, list[list[UUID]]] = {"new": [], "there": []}
        rounds: dict[str, list[tuple[Spent, Spent, Spent]]] = {"new": [], "there": []}
        for _ in range(effort.rounds):
            ids = [[uuid4() for _ in range(effort.messages // 2)] for _ in range(3)]
            sides["new"].append(ids[0])
            for kind in rounds:
                ours = await bench.spent(mapped, _records(ids[0]))
                theirs = await bench.spent(bare, _records(ids[1]))
                rounds[kind].append((ours, theirs, await bench.spent(whole, _records(ids[2]))))
        for kind, found in rounds.items():
            figures += _judged(kind, [(ours, plain) for ours, plain, _ in found])
            figures.append(_as_many(kind, [(ours, more) for ours, _, more in found]))
        figures += await _memory(bench, sides["new"][0])
        return [*figures, await _together(bench, sides["new"][0])]


def _records(ids: Sequence[UUID]) -> list[Record]:
    """Nobody shares an address or a phone with those of another round, who would be looked at as well."""
    return [a_record(id_.int % NUMBERS, id_) for id_ in ids]


async def _mapped(processor: BatchProcessor, records: Sequence[Record]) -> None:
    left = list(records)
    while left:
        done = await processor.process(left)
        assert done
        left = left[len(done) :]


def _judged(kind: str, pairs: Sequence[tuple[Spent, Spent]]) -> list[Figure]:
    """Of contacts that are new, or that are there."""
    wall = median(theirs.wall / ours.wall for ours, theirs in pairs)
    cpu = median(theirs.cpu / ours.cpu for ours, theirs in pairs)
    ours, theirs = (
        min((ours for ours, _ in pairs), key=lambda one: one.cpu),
        min((t for _, t in pairs), key=lambda one: one.cpu),
    )
    note = (
        f"µs of CPU a result: {ours.process:.0f} and Postgres {ours.postgres:.0f}, "
        f"the bare upsert {theirs.process:.0f} and {theirs.postgres:.0f}; by CPU {cpu:.2f} of it"
    )
    name = f"contacts that are {kind}"
    return [
        Figure(PART, f"results a second against the bare upsert, {name}", wall, "x", at_least(SHARE), note),
        Figure(PART, f"results a second, {name}", 1e6 / ours.wall, "results/s"),
        Figure(PART, f"results a second of a whole core, {name}", 1e6 / ours.process, "results/s", at_least(RATE)),
    ]


def _as_many(kind: str, pairs: Sequence[tuple[Spent, Spent]]) -> Figure:
    """Told, and not judged: what is asked for is a share of the bare upsert."""
    wall = median(theirs.wall / ours.wall for ours, theirs in pairs)
    theirs = min((theirs for _, theirs in pairs), key=lambda one: one.cpu)
    note = f"µs of CPU a result: {theirs.process:.0f} and Postgres {theirs.postgres:.0f}"
    return Figure(PART, f"against one that writes as many rows, contacts that are {kind}", wall, "x", note=note)


async def _memory(bench: Bench, ids: Sequence[UUID]) -> list[Figure]:
    """The same contacts again and again."""
    processor, process = bench.processor(), psutil.Process()
    resident: list[int] = []
    for _ in range(4):
        await _mapped(processor, _records(ids))
        gc.collect()
        resident.append(process.memory_info().rss)
    note = f"{resident[-1] / MIB:.0f} MiB, with the results of the bench"
    return [
        Figure(
            PART, "resident memory against a quarter of the way", resident[-1] / resident[0], "x", at_most(GROWTH), note
        )
    ]


async def _together(bench: Bench, ids: Sequence[UUID]) -> Figure:
    """Each contact by all mappers at once, each in an order of its own."""
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    before, bench.retried[:] = await bench.pool.fetchval(deadlocks), []
    orders = [sorted(ids, key=lambda id_: hash((id_, number))) for number in range(MAPPERS)]
    await asyncio.gather(*(_mapped(bench.processor(), _records(order)) for order in orders))
    await asyncio.sleep(1)  # until the server tells
    found = await bench.pool.fetchval(deadlocks) - before + len(bench.retried)
    return Figure(PART, f"deadlocks and retries of {MAPPERS} mappers on the same contacts", found, "", at_most(0))
