"""One request to the registry for each token that is refused, however many calls it was refused for.

Meanwhile the credential is held: what has been refused, and whatever comes after it, waits in the backlog, where it
holds nothing. It goes on when the next revision of the credential comes, or, when there will be none, with the token as
it is.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final
from uuid import UUID

from connector_executor.connectors.credentials import LiveCredential
from connector_executor.tokens.port import TokenRegistry, TokenRegistryError
from connectors_shared.contract.refresh import RefreshReport
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.supervision import Supervisor

log = get_logger(__name__)
PAUSES: Final = (0.0, 1.0, 3.0)
"""Seconds before each time that the registry is asked."""
ARRIVES_SECONDS: Final = 30.0
"""For how long a revision that was announced is waited for."""
REFUSED_SECONDS: Final = 30.0
"""For how long nobody asks again when another token would be refused as well."""
MOST_PAUSE_SECONDS: Final = 3600.0
MOST_REFUSED: Final = 4096


class Refreshes:
    """`registry` None: nobody renews tokens, and a refusal is what it is."""

    def __init__(
        self, registry: TokenRegistry | None, supervisor: Supervisor, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._registry = registry
        self._now = now
        self._supervisor = supervisor
        self.on_release: Callable[[UUID], None] = lambda _credential: None
        """Is told of a credential that is not held any more, though it is what it was."""
        self._running: set[UUID] = set()
        self._in_vain: dict[UUID, tuple[int, float]] = {}
        self._pauses: dict[UUID, tuple[float, float]] = {}
        """After another token came: seconds, and until when. One that is refused meanwhile was not worth asking for."""

    def ask(self, credential: LiveCredential, workspace_id: UUID, refused: int) -> bool:
        """The token of revision `refused` was refused. Whether it is worth while to call again: there is another one,
        or one is asked for."""
        if credential.revision != refused:
            return True
        if self._registry is None or self._is_in_vain(credential.id, refused) or self._is_paused(credential.id):
            return False
        if credential.id not in self._running:
            self._running.add(credential.id)
            changes = credential.wait_for_renewal()
            self._supervisor.start(self._refresh(self._registry, credential, workspace_id, refused, changes))
        return True

    def _is_in_vain(self, credential_id: UUID, refused: int) -> bool:
        revision, until = self._in_vain.get(credential_id, (0, 0.0))
        return revision == refused and self._now() < until

    def _is_paused(self, credential_id: UUID) -> bool:
        """Nobody is held for a credential whose new tokens are refused as well: a refusal is what the call comes to."""
        return credential_id not in self._running and self._now() < self._pauses.get(credential_id, (0.0, 0.0))[1]

    async def _refresh(
        self,
        registry: TokenRegistry,
        credential: LiveCredential,
        workspace_id: UUID,
        refused: int,
        changes: asyncio.Event,
    ) -> None:
        try:
            report = await self._asked(registry, credential.id, workspace_id, refused)
            if report is not None and report.revision > refused:
                with suppress(TimeoutError):
                    async with asyncio.timeout(ARRIVES_SECONDS):
                        await changes.wait()
            log.info("token.refused", credential_id=str(credential.id), came_of_it=report and report.refreshed.value)
        finally:
            self._running.discard(credential.id)
            if credential.is_not_renewed(refused):
                self._note_in_vain(credential.id, refused)
                self.on_release(credential.id)
            else:
                self._pause(credential.id)

    async def _asked(
        self, registry: TokenRegistry, credential_id: UUID, workspace_id: UUID, refused: int
    ) -> RefreshReport | None:
        for seconds in PAUSES:
            await asyncio.sleep(seconds)
            try:
                return await registry.refresh(workspace_id, credential_id, refused)
            except TokenRegistryError as error:
                log.warning("token.not_renewed", credential_id=str(credential_id), why=str(error))
        return None

    def _note_in_vain(self, credential_id: UUID, refused: int) -> None:
        if len(self._in_vain) >= MOST_REFUSED:
            self._in_vain.clear()
        self._in_vain[credential_id] = (refused, self._now() + REFUSED_SECONDS)

    def _pause(self, credential_id: UUID) -> None:
        """Twice as long as the one before, unless the token served for a while."""
        now = self._now()
        seconds, until = self._pauses.pop(credential_id, (0.0, 0.0))
        is_again = seconds > 0 and now < until + seconds
        seconds = min(2 * seconds, MOST_PAUSE_SECONDS) if is_again else REFUSED_SECONDS
        if len(self._pauses) >= MOST_REFUSED:
            self._pauses.clear()
        self._pauses[credential_id] = (seconds, now + seconds)
