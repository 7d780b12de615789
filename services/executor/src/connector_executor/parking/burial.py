"""Executions of which a backlog is rid without an outcome: into the dead letters, from where they can be replayed.

The letter is acknowledged first, then the row is removed, then the claim is released, and only then is a record done
with. Whoever dies before the row is removed, or before the record is done with, leaves it to be found and buried again:
there are two letters, and still one claim. Whoever dies between the row's removal and the release leaves a letter and a
claim whose lease ends: a replay waits for that. The other way round, what was released could be called while its letter
is written.

A replay of the letter may come at any moment. The row says that it is leaving before there is a letter, so that a
replay is never taken for a repeat of what is parked: it waits, and is parked by itself when the row is gone.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from connector_executor.admission.port import Admission
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
class Burial:
    """An end in the dead letters. `detail` is for a person."""

    reason: DeadReason
    detail: str


@dataclass(frozen=True, slots=True)
class Remains:
    """What is buried: (workspace, execution), the message as it came, and who is told afterwards.

    `row`: it is parked as well, leased by this process.
    """

    identity: tuple[str, str]
    source: Source
    burial: Burial
    then: Callable[[], None]
    row: Key | None = None


class Burials:
    """Many at once; nothing is given up."""

    def __init__(
        self,
        dead: DeadLetters,
        admission: Admission,
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

    def later(self, all_remains: Sequence[Remains]) -> None:
        """Beside everything else."""
        if all_remains:
            self._supervisor.start(self.bury(all_remains))

    async def bury(self, all_remains: Sequence[Remains]) -> None:
        """Returns when the letters are safe, and replays of them find neither row nor claim."""
        rows = [remains.row for remains in all_remains if remains.row]
        ours = await persist("burial.begin", lambda: self._store.begin_removal(self._owner, rows))
        # A row that somebody else has taken meanwhile is his to bury.
        buried = [remains for remains in all_remains if remains.row is None or remains.row in ours]
        await self._write_all(buried)
        await persist("burial.end", lambda: self._store.end_removal(self._owner, list(ours)))
        await persist("burial.release", lambda: self._admission.bury([remains.identity for remains in buried]))
        for remains in all_remains:
            remains.then()

    async def _write_all(self, buried: Sequence[Remains]) -> None:
        """They are on their way to Kafka only now: while they wait for the store they hold up nothing else."""
        size = sum(remains.source.memory_bytes for remains in buried)
        self._outbox.add(size)
        await asyncio.gather(*(self._write(remains) for remains in buried))
        self._outbox.remove(size)

    async def _write(self, remains: Remains) -> None:
        burial = remains.burial
        detail = burial.detail.encode(errors="replace").decode()
        try:
            await self._dead.bury(remains.source, burial.reason, detail)
        except Exception:
            # Headers or a key that no message can have, out of a damaged row: what is left is the value.
            log.exception("dead_letter.unwritable", execution_id=remains.identity[1])
            bare = Source(remains.source.value)
            await self._dead.bury(bare, burial.reason, f"{detail}; its key and headers cannot be kept")
