"""The history: how many results a second one process records, with its rows, indexes, counts and uses.

From the bytes of a record to the commit, on a real Postgres, in batches as they are polled; without Kafka's network.
"""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

import msgspec

from bench.effort import Effort
from bench.figures import Figure, at_least
from bench.history_lists import measure_lists
from bench.servers import Servers
from connector_registry import SCHEMA, migrations_dir
from connector_registry.history.recording.days import Days
from connector_registry.history.recording.letters import Letter
from connector_registry.history.recording.metrics import HistoryMetrics
from connector_registry.history.recording.patience import Patience
from connector_registry.history.recording.postgres import PostgresHistory
from connector_registry.history.recording.recorder import Recorder
from connectors_local.testservers import fresh_database
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.migrations import bring_up_to_date
from connectors_shared.runtime.postgres import open_pool
from connectors_shared.runtime.roles import Role
from connectors_shared.runtime.server import collect_less

BATCH = 1_000
CONNECTORS = [UUID(int=number) for number in range(1, 41)]
WORKSPACES = [UUID(int=number) for number in range(101, 105)]
RATE = 5_000


@dataclass(frozen=True, slots=True)
class Record:
    """A Kafka record, as far as it is used."""

    value: bytes
    offset: int
    topic: str = "connector.result"
    partition: int = 0
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


class NoLetters:
    """Every record of the bench can be recorded."""

    async def send(self, letters: Sequence[Letter]) -> None:
        raise RuntimeError(f"{letters[0].why.detail}")


def a_record(number: int) -> Record:
    """One of twenty fails."""
    failed = number % 20 == 0
    error = {"type": "http_error", "message": "The API answered 500.", "httpStatus": 500, "retryable": True}
    message = {
        "schemaVersion": 1,
        "executionId": uuid4(),
        "workspaceId": WORKSPACES[number % len(WORKSPACES)],
        "connectorId": CONNECTORS[number % len(CONNECTORS)],
        "connectorVersion": 1,
        "context": {
            "flowId": f"flow-{number % 100}",
            "flowRunId": f"run-{number // 5}",
            "stepId": "step-2",
            "contactId": f"contact-{number % 5_000}",
            "variables": {},
        },
        "status": "error" if failed else "success",
        "success": not failed,
        "attempts": [{"started": datetime.now(UTC), "duration": 140, "status": 200, "outcome": "success"}],
        "executionTime": 100 + number % 900,
        "inputs": {"phoneNumber": f"626{number % 10_000_000:07d}"},
        "request": {"method": "GET", "origin": "https://api.example.com", "pathTemplate": "/v2/by", "sentBytes": 240},
        "finishedAt": datetime.now(UTC),
        **(
            {"error": error} if failed else {"data": {"fullName": f"Jose {number}", "city": "Diamond Bar", "income": 1}}
        ),
    }
    return Record(msgspec.json.encode(message), number)


@asynccontextmanager
async def a_recorder(server: str) -> AsyncIterator[Recorder]:
    """With a database of its own."""
    async with fresh_database(server) as url:
        await bring_up_to_date(url, migrations_dir(), SCHEMA)
        async with await open_pool(url, schema=SCHEMA, role=Role.WORKER) as pool:
            store = PostgresHistory(pool)
            yield Recorder(store, NoLetters(), Days(store, SystemClock()), Patience(), HistoryMetrics())


async def measure(servers: Servers, effort: Effort, _earlier: Sequence[Figure]) -> list[Figure]:
    collect_less()
    async with a_recorder(servers.postgres) as recorder:
        await recorder.results([a_record(number) for number in range(BATCH)])  # statements are prepared, days made
        records = [a_record(number) for number in range(BATCH, BATCH + 3 * effort.messages)]
        began, cpu = time.perf_counter(), time.process_time()
        for start in range(0, len(records), BATCH):
            await recorder.results(records[start : start + BATCH])
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    note = "one after the other: the process waits while Postgres writes"
    recorded = [
        Figure("history", "results recorded a second", len(records) / seconds, "results/s", at_least(RATE), note),
        Figure("history", "CPU of the process per result", cpu / len(records) * 1e6, "µs"),
    ]
    return [*recorded, *await measure_lists(servers, effort)]
