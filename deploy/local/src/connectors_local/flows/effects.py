"""What is asked of the contacts API for runs: once it is stored that it will be, as often as it takes."""

from datetime import timedelta
from typing import Final

from connectors_local.flows.advance import Effect, EffectKind
from connectors_local.flows.contacts import Contacts, ContactsAwayError
from connectors_local.flows.store.port import RunStore
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.logging import get_logger

FIRST_PAUSE_SECONDS: Final = 0.5
LONGEST_PAUSE_SECONDS: Final = 30.0
log = get_logger(__name__)


class Effects:
    """Does them, and notes what came of it."""

    def __init__(self, store: RunStore, contacts: Contacts, clock: Clock) -> None:
        self._store = store
        self._contacts = contacts
        self._clock = clock

    async def do(self, effect: Effect) -> None:
        """What is raised is an outage of the store: the run is due again after its time."""
        run = effect.run
        try:
            await self._do(effect)
        except ContactsAwayError as error:
            seconds = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** min(run.tries, 10))
            log.warning("run.contact_later", run_id=str(run.id), why=str(error), pause_seconds=seconds)
            await self._store.later(run.id, self._clock.now() + timedelta(seconds=seconds))

    async def _do(self, effect: Effect) -> None:
        run, record = effect.run, effect.record
        if effect.kind is EffectKind.LOAD_CONTACT:
            assert run.contact_id is not None
            contact = await self._contacts.load(run.workspace_id, run.contact_id)
            await self._store.loaded(run.id, contact, self._clock.now())
            return
        assert record is not None
        assert record.asked is not None
        assert record.execution_id is not None
        result = await self._contacts.write(run.workspace_id, run.contact_id, record.asked, record.execution_id)
        await self._store.answered(run.id, record.step_id, result, self._clock.now())
