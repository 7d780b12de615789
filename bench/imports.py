"""CSV: how long 100,000 contacts take from the file to the last commit, and out again.

In one process, on a real Postgres, without HTTP.
"""

import io
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4

from bench.effort import Effort
from bench.figures import Figure, at_most
from bench.servers import Servers
from connectors_local.testservers import fresh_database
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.migrations import bring_up_to_date
from connectors_shared.runtime.postgres import Work, new_pool
from connectors_shared.runtime.roles import Role
from connectors_shared.runtime.server import collect_less
from field_mapper import migrations_dir
from field_mapper.app import SCHEMA
from field_mapper.imports.columns import suggested
from field_mapper.imports.export import Export
from field_mapper.imports.job import ImportJob
from field_mapper.imports.plans import Counts, Plan, PlannedColumn
from field_mapper.imports.port import NewImport, Status
from field_mapper.imports.sheets import open_sheet
from field_mapper.imports.uploading import rows_of_parts
from field_mapper.outbound.imports import PostgresImports
from field_mapper.outbound.reading import ContactReader
from field_mapper.outbound.searching import ContactFilter
from field_mapper.regions import Regions

WORKSPACE = UUID(int=1)
CONTACTS_OF_MESSAGES = 5
"""A full bench, of 20,000 messages, imports 100,000 contacts."""
SECONDS = 60.0
HEADER = "First name,Last name,Email,Phone,City,ZIP,Company,Tags,custom_fields.income,custom_fields.source\n"


@dataclass(frozen=True, slots=True)
class Bench:
    store: PostgresImports
    reader: ContactReader


def a_file(contacts: int) -> bytes:
    lines = (
        f'First{n},"Tayzon, Jr.",person{n}@example.org,626{n % 10_000_000:07d},Diamond Bar,{n % 100_000:05d},'
        f'Company {n % 5_000},"customer,vip",{50_000 + n},webinar\n'
        for n in range(contacts)
    )
    return (HEADER + "".join(lines)).encode()


@asynccontextmanager
async def a_bench(server: str) -> AsyncIterator[Bench]:
    """With a database of its own."""
    async with fresh_database(server) as url:
        await bring_up_to_date(url, migrations_dir(), SCHEMA)
        async with (
            new_pool(url, schema=SCHEMA, role=Role.APP, max_size=4) as app,
            new_pool(url, schema=SCHEMA, role=Role.APP, work=Work.READ, max_size=2) as reading,
            new_pool(url, schema=SCHEMA, role=Role.WORKER, max_size=2) as worker,
        ):
            yield Bench(PostgresImports(app, worker), ContactReader(reading))


async def imported(bench: Bench, body: bytes) -> Counts:
    """The seconds are the caller's."""
    sheet = open_sheet(io.BytesIO(body))
    new = NewImport(
        WORKSPACE, uuid4(), "bench.csv", len(body), sheet.encoding, sheet.delimiter, sheet.header, "the bench"
    )
    await bench.store.begin(new)
    rows = parts = 0
    for part in rows_of_parts(sheet.rows):
        await bench.store.add_part(WORKSPACE, new.id, parts, part)
        rows, parts = rows + len(part), parts + 1
    await bench.store.finish(WORKSPACE, new.id, rows, parts, [])
    targets = suggested(sheet.header, {})
    plan = Plan(tuple(PlannedColumn(place, *target) for place, target in enumerate(targets) if target))
    await bench.store.begin_run(WORKSPACE, new.id, Status.IMPORTING, plan, "the bench")
    job = ImportJob(bench.store, Regions("US"), SystemClock())
    while await job.once() == 0:
        pass
    done = await bench.store.get(WORKSPACE, new.id)
    assert done is not None
    assert done.status is Status.DONE
    return done.counts


async def measure(servers: Servers, effort: Effort, _earlier: Sequence[Figure]) -> list[Figure]:
    contacts = CONTACTS_OF_MESSAGES * effort.messages
    body = a_file(contacts)
    collect_less()
    async with a_bench(servers.postgres) as bench:
        began, cpu = time.perf_counter(), time.process_time()
        counts = await imported(bench, body)
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        assert counts.created == contacts
        again = time.perf_counter()
        assert (await imported(bench, body)).unchanged == contacts
        again = time.perf_counter() - again
        out = time.perf_counter()
        export = Export(bench.reader, WORKSPACE, ContactFilter(), ["income", "source"])
        lines = 0
        async for piece in export.lines(await export.first()):
            lines += piece.count(b"\r\n")
        out = time.perf_counter() - out
        assert lines == contacts + 1
    per_hundred_thousand = 100_000 / contacts
    note = f"{contacts:,} contacts of {HEADER.count(',') + 1} columns, from the bytes of the file on"
    return [
        Figure("imports", "100,000 new contacts", seconds * per_hundred_thousand, "s", at_most(SECONDS), note),
        Figure("imports", "CPU of the process for each", cpu / contacts * 1e6, "µs"),
        Figure("imports", "the same file again, unchanged", again * per_hundred_thousand, "s"),
        Figure("imports", "100,000 contacts exported", out * per_hundred_thousand, "s"),
    ]
