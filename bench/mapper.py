"""How many results a second one field mapper takes, on a real Postgres: `python bench/mapper.py [results] [contacts]`.

Measures the whole work on a batch (decode, propose, one transaction, stored message) without Kafka's network,
in one process; prints results per second and CPU of this process per result. `DATABASE_URL` names a server;
without it an embedded one is started.
"""

import itertools
import os
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import uvloop

from connectors_local.testservers import ServerKind, ServerPool, fresh_database
from connectors_shared.contract.contact import FieldMapping, MappingOptions, TargetType
from connectors_shared.contract.execution import ConnectorResult, ExecutionContext, ResultStatus
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.migrations import bring_up_to_date
from connectors_shared.runtime.postgres import Work, open_pool
from connectors_shared.runtime.roles import Role
from field_mapper import migrations_dir
from field_mapper.batch import BatchProcessor
from field_mapper.metrics import MapperMetrics
from field_mapper.outbound.publisher import Outgoing
from field_mapper.outbound.repository import PostgresContacts
from field_mapper.regions import Regions
from field_mapper.retries import Retries

BATCH = 500
WORKSPACE = UUID(int=1)
MAPPINGS = [
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


class Sink:
    """Acknowledges everything."""

    async def send(self, messages: Sequence[Outgoing]) -> dict[int, Exception]:
        return {}


def a_record(number: int, contact_id: UUID) -> Record:
    data: dict[str, Any] = {
        "identity": {
            "firstName": f"First{number}",
            "lastName": "Tayzon",
            "address": f"{number} Indian Well Dr",
            "phones": [{"phone": f"626{number % 10_000_000:07d}"}],
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


@asynccontextmanager
async def a_server() -> AsyncIterator[str]:
    if url := os.environ.get("DATABASE_URL"):
        yield url
        return
    with tempfile.TemporaryDirectory() as folder:
        pool = ServerPool(Path(folder))
        await pool.ensure([ServerKind.POSTGRES])
        try:
            yield pool.addresses[ServerKind.POSTGRES]
        finally:
            await pool.stop()


async def measure(name: str, processor: BatchProcessor, records: list[Record]) -> None:
    batches = [records[start : start + BATCH] for start in range(0, len(records), BATCH)]
    cpu, started = _cpu_seconds(), time.perf_counter()
    for batch in batches:
        while batch:
            done = await processor.process(batch)
            assert done
            batch = batch[len(done) :]
    seconds, cpu = time.perf_counter() - started, _cpu_seconds() - cpu
    print(f"{name:<10}{len(records) / seconds:>9,.0f} results/s{cpu / len(records) * 1e6:>8,.0f} µs CPU/result")


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def main(results: int, contacts: int) -> None:
    async with a_server() as server, fresh_database(server) as url:
        await bring_up_to_date(url, migrations_dir(), "mapper")
        pool = await open_pool(url, schema="mapper", role=Role.APP)
        processor = BatchProcessor(
            PostgresContacts(pool, Work.BACKGROUND),
            Sink(),
            Regions("US"),
            SystemClock(),
            MapperMetrics(),
            Retries(lambda step: print(f"retried: {step}")),
        )
        ids = [uuid4() for _ in range(contacts)]
        await measure("create", processor, [a_record(number, id_) for number, id_ in enumerate(ids)])
        again = itertools.islice(itertools.cycle(ids), results)
        await measure("update", processor, [a_record(number, id_) for number, id_ in enumerate(again)])
        await pool.close()


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    uvloop.run(main(*(arguments or [20_000, 10_000])))
