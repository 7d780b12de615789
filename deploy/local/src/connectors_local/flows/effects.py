"""What is asked of the contacts API for runs: once it is stored that it will be, as often as it takes."""

import asyncio
from datetime import timedelta
from typing import Any, Final

from connectors_local.flows.advance import Effect, EffectKind
from connectors_local.flows.contacts import Contacts, ContactsAwayError, EngineRefusedError, UnaskableError
from connectors_local.flows.store.port import RunStore
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.logging import get_logger

FIRST_PAUSE_SECONDS: Final = 0.5
LONGEST_PAUSE_SECONDS: Final = 30.0
ANSWER_SECONDS: Final = 20.0
"""Of all requests of one effect; less than the time after which it would be begun again."""
log = get_logger(__name__)


class Effects:
    """Does them, and notes what came of it."""

    def __init__(
        self, store: RunStore, contacts: Contacts, clock: Clock, answer_seconds: float = ANSWER_SECONDS
    ) -> None:
        self._store = store
        self._contacts = contacts
        self._clock = clock
        self._answer_seconds = answer_seconds

    async def do(self, effect: Effect) -> None:
        """What is raised is an outage of the store: the run is due again after its time."""
        try:
            answer = await self._answered(effect)
        except ContactsAwayError as error:
            await self._later(effect, error)
        except UnaskableError as error:
            await self._failed(effect, {"type": "contact_refused", "message": str(error)})
        except Exception as error:
            # One run that cannot be answered, whatever is wrong with it, ends no engine.
            log.exception("run.effect_failed", run_id=str(effect.run.id))
            message = f"the engine cannot ask for its contact ({type(error).__name__})"
            await self._failed(effect, {"type": "internal", "message": message})
        else:
            await self._note(effect, answer)

    async def _answered(self, effect: Effect) -> dict[str, Any]:
        """Nothing here touches the store."""
        try:
            async with asyncio.timeout(self._answer_seconds):
                return await self._ask(effect)
        except TimeoutError:
            raise ContactsAwayError(f"no answer within {self._answer_seconds:g} s") from None

    async def _ask(self, effect: Effect) -> dict[str, Any]:
        run, record = effect.run, effect.record
        if effect.kind is EffectKind.LOAD_CONTACT:
            assert run.contact_id is not None
            return await self._contacts.load(run.workspace_id, run.contact_id)
        assert record is not None
        assert record.asked is not None
        assert record.execution_id is not None
        return await self._contacts.write(run.workspace_id, run.contact_id, record.asked, record.execution_id)

    async def _note(self, effect: Effect, answer: dict[str, Any]) -> None:
        now = self._clock.now()
        if effect.record is None:
            await self._store.loaded(effect.run.id, answer, now)
        else:
            await self._store.answered(effect.run.id, effect.record.step_id, answer, now)

    async def _later(self, effect: Effect, error: ContactsAwayError) -> None:
        """The run says meanwhile what it waits for."""
        run = effect.run
        seconds = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** min(run.tries, 10))
        tell = log.error if isinstance(error, EngineRefusedError) else log.warning
        tell("run.contact_later", run_id=str(run.id), kind=error.kind, why=str(error), pause_seconds=seconds)
        why = {"type": error.kind, "message": str(error)[:1000]}
        await self._store.later(run.id, self._clock.now() + timedelta(seconds=seconds), why)

    async def _failed(self, effect: Effect, error: dict[str, Any]) -> None:
        """A step by its own rule; where a contact was to be read for a step, the run."""
        if effect.record is not None:
            await self._note(effect, {"success": False, "error": error})
        else:
            await self._store.fail(effect.run.id, error, self._clock.now())
