"""Executions of which a backlog is rid without an outcome: into the dead letters, from where they can be replayed.

The letter is acknowledged first, then the claim is released, and only then is the record or the row done with. Whoever
dies between finds it again, and buries it again: there are two letters, and still one claim. The other way round, what
was released could be called while its letter is written.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from connector_executor.admission.port import Admission
from connector_executor.execution import Source
from connector_executor.lifecycle import Supervisor
from connector_executor.outbound.dead import DeadLetters
from connectors_shared.contract.failure import DeadReason
from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)
RETRY_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Burial:
    """An end in the dead letters. `detail` is for a person."""

    reason: DeadReason
    detail: str


@dataclass(frozen=True, slots=True)
class Remains:
    """What is buried: (workspace, execution), the message as it came, and who is told afterwards."""

    identity: tuple[str, str]
    source: Source
    burial: Burial
    then: Callable[[], None]


class Burials:
    """Many at once; nothing is given up."""

    def __init__(self, dead: DeadLetters, admission: Admission, supervisor: Supervisor) -> None:
        self._dead = dead
        self._admission = admission
        self._supervisor = supervisor

    def later(self, all_remains: Sequence[Remains]) -> None:
        """Beside everything else."""
        if all_remains:
            self._supervisor.start(self.bury(all_remains))

    async def bury(self, all_remains: Sequence[Remains]) -> None:
        """Returns when the letters are safe, and replays of them find no claim."""
        await asyncio.gather(*(self._write(remains) for remains in all_remains))
        await self._release([remains.identity for remains in all_remains])
        for remains in all_remains:
            remains.then()

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

    async def _release(self, identities: Sequence[tuple[str, str]]) -> None:
        while True:
            try:
                await self._admission.bury(identities)
                return
            except ConnectionError as error:
                log.warning("dead_letters.unreleased", count=len(identities), why=str(error))
                await asyncio.sleep(RETRY_SECONDS)
