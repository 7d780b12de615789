"""Executions that leave a backlog without an outcome: into the dead letters, from where they can be replayed.

The order is: the letter is acknowledged by Kafka, the row is removed, the claim is released, the record's offset is
finished. A process that dies before the row is removed, or before the offset is finished, leaves the execution to be
found and dead-lettered again: then there are two letters, and still one claim. One that dies between the removal of the
row and the release leaves a letter, and a claim whose lease ends: a replay waits for that. In the other order an
execution whose claim is released could be called while its letter is being written.

A replay of the letter may come at any moment. The row is marked as leaving before there is a letter, so that a replay
is not taken for a repeat of what is parked: it waits, and is parked by itself when the row is gone.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from connector_executor.admission.parts import by_part
from connector_executor.admission.port import PartedAdmission
from connector_executor.execution import Source
from connector_executor.outbound.dead import DeadLetters
from connector_executor.outbound.outbox import Outbox
from connector_executor.parking.port import Key, ParkingStore
from connectors_shared.contract.failure import DeadReason
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.persist import persist
from connectors_shared.runtime.supervision import Supervisor

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DeadLetterEnd:
    """The end of an execution that has no outcome. `detail` is for a person."""

    reason: DeadReason
    detail: str


@dataclass(frozen=True, slots=True)
class DeadExecution:
    """(workspace, execution), the message as it came, why it is dead-lettered, and who is told afterwards.

    `row`: it is parked as well, leased by this process.
    """

    identity: tuple[str, str]
    source: Source
    end: DeadLetterEnd
    then: Callable[[], None]
    row: Key | None = None


class DeadLettering:
    """Many at once; every step is repeated until it succeeds."""

    def __init__(
        self,
        dead: DeadLetters,
        admission: PartedAdmission,
        store: ParkingStore,
        owner: str,
        outbox: Outbox,
        supervisor: Supervisor,
    ) -> None:
        self._dead = dead
        self._admission = admission
        self._store = store
        self._owner = owner
        self._outbox = outbox
        self._supervisor = supervisor

    def start(self, executions: Sequence[DeadExecution]) -> None:
        """In the background, what is in one part of the store by itself: it may be away."""
        for _, some in by_part(self._admission, executions, lambda execution: execution.identity[0]):
            self._supervisor.start(self.run(some))

    async def run(self, executions: Sequence[DeadExecution]) -> None:
        """Returns when the letters are safe, and replays of them find neither row nor claim."""
        rows = [execution.row for execution in executions if execution.row]
        ours = await persist("dead_lettering.begin", lambda: self._store.begin_removal(self._owner, rows))
        # A row that another replica has taken meanwhile is dead-lettered there.
        dead = [execution for execution in executions if execution.row is None or execution.row in ours]
        await self._write_all(dead)
        await persist("dead_lettering.remove", lambda: self._store.end_removal(self._owner, list(ours)))
        await persist(
            "dead_lettering.release", lambda: self._admission.forget_dead([execution.identity for execution in dead])
        )
        for execution in executions:
            execution.then()

    async def _write_all(self, dead: Sequence[DeadExecution]) -> None:
        """They are on their way to Kafka only now: while they wait for the store they hold up nothing else."""
        size = sum(execution.source.memory_bytes for execution in dead)
        self._outbox.add(size)
        await asyncio.gather(*(self._write(execution) for execution in dead))
        self._outbox.remove(size)

    async def _write(self, execution: DeadExecution) -> None:
        end = execution.end
        detail = end.detail.encode(errors="replace").decode()
        try:
            await self._dead.write(execution.source, end.reason, detail)
        except Exception:
            # Headers or a key that no message can have, out of a damaged row: what is left is the value.
            log.exception("dead_letter.unwritable", execution_id=execution.identity[1])
            bare = Source(execution.source.value)
            await self._dead.write(bare, end.reason, f"{detail}; its key and headers cannot be kept")
