"""`python -m bench.engine`: an execution's way through the executor's own code, without any server: µs of CPU.

From a record to its acknowledged result, over 50 connectors with a sealed token and the mapping of `hot`; the store,
the sender and the producer answer at once, from the event loop. The best of many rounds, in ten seconds: compare it
with another best of the same minute. For counting instead of timing, under valgrind, there is `--executions`.
"""

import argparse
import asyncio
import gc
import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import median
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import uvloop
from aiokafka import ConsumerRecord, TopicPartition

from bench.definitions import WORKSPACE, a_bearer, many_connectors
from bench.upstream import people
from connector_executor.admission.port import Admitted, Completion, Verdict
from connector_executor.caller import Caller
from connector_executor.connectors.table import ConnectorTable
from connector_executor.finisher import Finisher
from connector_executor.health import HealthReporter
from connector_executor.inbound.kafka.reception import Reception
from connector_executor.inbound.kafka.window import Assignments
from connector_executor.metrics import ExecutorMetrics
from connector_executor.outbound.outbox import Outbox
from connector_executor.recovery.settling import Settling
from connector_executor.scheduling.admitter import Admitter
from connector_executor.scheduling.claims import Claims
from connector_executor.scheduling.line import Line
from connector_executor.scheduling.places import Places
from connector_executor.scheduling.renewal import Renewal
from connector_executor.scheduling.runner import Runner
from connector_executor.scheduling.waiting import Waiting
from connector_executor.stages.authorize import Authorizer
from connector_executor.transform import Transformer
from connectors_shared.contract.connector import PublishedConnector
from connectors_shared.contract.execution import ConnectorExecute
from connectors_shared.egress import HttpResponse
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.logging import configure_logging
from connectors_shared.runtime.secrets import Keyring
from connectors_shared.runtime.supervision import Supervisor

CONNECTORS, AT_ONCE, PLACES = 50, 250, 512
ORIGIN = "http://127.0.0.1:9999"
PARTITION = TopicPartition("t", 0)
NOBODY = cast("Any", None)
"""What an execution that succeeds does not come to."""


class Outside:
    """Store, sender and producer in one; each answer takes a turn of the event loop."""

    generation = "g"
    body = people(1).partition(b"\r\n\r\n")[2] % 1

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._unacknowledged: list[asyncio.Future[Any]] = []
        self.parts = (self,)

    def part_of(self, _workspace_id: str) -> int:
        return 0

    async def admit(self, asks: Sequence[object]) -> list[Admitted]:
        await asyncio.sleep(0)
        return [Admitted(Verdict.GO, watched=False)] * len(asks)

    async def complete(self, completions: Sequence[Completion]) -> list[bytes]:
        await asyncio.sleep(0)
        return [completion.result for completion in completions]

    async def settle(self, _ended: Sequence[object]) -> None:
        await asyncio.sleep(0)

    async def send(self, *wanted: Any, **record: Any) -> Any:
        """A request is answered; of a record the future is given that tells of it."""
        sent = self._loop.create_future()
        if not record:
            self._loop.call_soon(sent.set_result, None)
            await sent
            return HttpResponse(200, {"Content-Type": "application/json"}, self.body, 400, wanted[0].url, 0.05)
        if not self._unacknowledged:
            self._loop.call_soon(self._acknowledge)
        self._unacknowledged.append(sent)
        return sent

    def _acknowledge(self) -> None:
        sent, self._unacknowledged = self._unacknowledged, []
        for each in sent:
            each.set_result(SimpleNamespace(partition=0, offset=1))

    def follow(self, *_answers: object) -> None:
        return


class Engine:
    """As `wiring/engine.py` has it, with nothing outside."""

    def __init__(self, keyring: Keyring, table: ConnectorTable) -> None:
        outside: Any = Outside()
        supervisor, clock, metrics = Supervisor(), SystemClock(), ExecutorMetrics()
        self.line, places, outbox = Line(metrics), Places(PLACES, metrics), Outbox(1 << 30)
        self.settling = Settling(outside, self.line)
        claims, waiting = Claims(outside, self.line, supervisor, metrics), Waiting(self.line)
        self.finisher = Finisher(
            *(outside, outside, "t", NOBODY, self.settling, NOBODY, self.line, places, outbox, supervisor, clock),
            metrics,
            max_result_bytes=1 << 20,
        )
        caller = Caller(outside, Authorizer(keyring), Transformer(), clock, metrics, table.workspaces)
        health, renewal = HealthReporter(outside, metrics, NOBODY), Renewal(table)
        runner = Runner(
            *(self.line, claims, places, waiting, caller, self.finisher, NOBODY, health, supervisor, clock, renewal),
            NOBODY,
            horizon_seconds=2.0,
        )
        self.admitter = Admitter(
            *(self.line, claims, places, waiting, runner, outside, self.finisher, outbox, metrics, renewal)
        )
        assignments = Assignments()
        assignments.assign({PARTITION}, 1)
        self.reception = Reception(table, NOBODY, assignments, self.line, NOBODY, supervisor, clock)

    async def work_off(self, records: Sequence[ConsumerRecord]) -> None:
        for first in range(0, len(records), AT_ONCE):
            for record in records[first : first + AT_ONCE]:
                self.reception.take(record, 1)
            while self.line.find(lambda _execution: True) is not None:
                await asyncio.sleep(0)
        await self.settling.tell()


async def measure(executions: int, rounds: int) -> list[float]:
    """Of each round."""
    keyring = Keyring.parse("b:" + "A" * 43 + "=")
    credential, table = a_bearer(ORIGIN, keyring), ConnectorTable()
    connectors = many_connectors(f"{ORIGIN}/people", CONNECTORS, credential_id=credential.credential_id)
    table.apply_credential(credential.credential_id, credential.to_json())
    for connector in connectors:
        table.apply(connector.connector_id, connector.to_json())
    engine, costs = Engine(keyring, table), []
    loops = [asyncio.create_task(loop.run()) for loop in (engine.admitter, engine.finisher)]
    for turn in range(rounds):
        records = [a_record(turn * executions + number, connectors) for number in range(executions)]
        gc.collect()
        gc.freeze()
        began = time.process_time()
        await engine.work_off(records)
        costs.append((time.process_time() - began) / executions * 1e6)
    for loop in loops:
        loop.cancel()
    return costs


def a_record(offset: int, connectors: Sequence[PublishedConnector]) -> ConsumerRecord:
    event = ConnectorExecute(
        execution_id=uuid4(),
        workspace_id=WORKSPACE,
        connector_id=connectors[offset % len(connectors)].connector_id,
        inputs={"phoneNumber": "6260000001"},
        requested_at=datetime.now(UTC),
    )
    value = event.to_json()
    return ConsumerRecord("t", 0, offset, 1_700_000_000_000, 0, event.key(), value, None, 1, len(value), ())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.engine", description=__doc__)
    parser.add_argument("--executions", type=int, default=2_000, help="of a round")
    parser.add_argument("--rounds", type=int, default=30)
    wanted = parser.parse_args()
    told = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # where each execution's line of the log goes
    configure_logging("bench")
    costs = uvloop.run(measure(wanted.executions, wanted.rounds))
    os.write(told, f"{min(costs):.1f} µs at best, {median(costs):.1f} in the middle\n".encode())


if __name__ == "__main__":
    main()
