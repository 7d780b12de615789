"""The loops of the engine: runs that are due, effects, and executions to be published."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Final, Protocol
from uuid import UUID

from connectors_local.flows.advance import Advance, Effect, EffectKind, advance, given_up
from connectors_local.flows.definition.program import program_of
from connectors_local.flows.effects import Effects
from connectors_local.flows.model import OutgoingExecution, Run, StepRecord
from connectors_local.flows.store.port import RunStore
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.loops import PollLoop
from connectors_shared.runtime.persist import persist

RUNS_AT_ONCE: Final = 100
"""Of one transaction."""
EFFECTS_AT_ONCE: Final = 8
MOST_WAITING: Final = 2_000
"""Effects that wait for a worker."""
MESSAGES_AT_ONCE: Final = 500
IDLE_SECONDS: Final = 0.5
"""Between two looks for what has become due by itself."""
FORGOTTEN_AT_ONCE: Final = 1000
log = get_logger(__name__)


class Sender(Protocol):
    """Puts executions onto Kafka."""

    async def send(self, messages: list[OutgoingExecution]) -> list[int]:
        """Returns the ids of those that the brokers have. Raises KafkaError."""


class Engine:
    """`run_works` are for a supervisor. Several processes may work on one store."""

    def __init__(self, store: RunStore, effects: Effects, sender: Sender, clock: Clock, retention: timedelta) -> None:
        self._store = store
        self._effects = effects
        self._sender = sender
        self._clock = clock
        self._retention = retention
        self._todo: asyncio.Queue[Effect] = asyncio.Queue(maxsize=MOST_WAITING)
        self._asked: set[tuple[UUID, int, EffectKind]] = set()
        self._advancing = PollLoop("runs.advance", self.advance)
        self._publishing = PollLoop("executions.publish", self.publish)

    def wake(self) -> None:
        """Runs may be due."""
        self._advancing.wake()

    async def advance(self) -> float:
        """Advance what is due; the seconds until there may be more."""
        taken, effects = await self._store.take_due(self._clock.now(), RUNS_AT_ONCE, self._decide)
        if taken:
            self._publishing.wake()
        for effect in effects:
            self._add(effect)
        return 0.0 if taken == RUNS_AT_ONCE else IDLE_SECONDS

    async def publish(self) -> float:
        """Publish what waits, and forget it once the brokers have it: after a crash in between it goes out again, and
        its execution id makes it a repeat."""
        messages = await self._store.outgoing(MESSAGES_AT_ONCE)
        if messages:
            await self._store.published(await self._sender.send(messages))
        return 0.0 if len(messages) == MESSAGES_AT_ONCE else IDLE_SECONDS

    async def work_off(self) -> None:
        """Effects, one after the other, for ever; several of these run at once."""
        while True:
            effect = await self._todo.get()
            try:
                await persist("run.effect", partial(self._effects.do, effect))
            finally:
                self._asked.discard(_place_of(effect))
            self.wake()

    async def forget(self) -> None:
        """Runs that ended long ago."""
        before = self._clock.now() - self._retention
        while await self._store.forget(before, FORGOTTEN_AT_ONCE) == FORGOTTEN_AT_ONCE:
            pass

    async def run_advancing(self) -> None:
        await self._advancing.run()

    async def run_publishing(self) -> None:
        await self._publishing.run()

    def _add(self, effect: Effect) -> None:
        """Once, though it is begun again while it waits. One for which there is no room is begun again after its time:
        runs that ask for no contact go on, however slow the contacts API is."""
        place = _place_of(effect)
        if place in self._asked or self._todo.full():
            return
        self._asked.add(place)
        self._todo.put_nowait(replace(effect, run=replace(effect.run, contact=None, input={}, variables={})))

    def _decide(self, run: Run, definition: bytes, records: Mapping[str, StepRecord]) -> Advance:
        """One run that cannot be advanced, such as by a definition of a newer engine, holds up no others."""
        now = self._clock.now()
        try:
            return advance(run, program_of(definition), records, now)
        except Exception as error:
            log.exception("run.unusable", run_id=str(run.id))
            return given_up(run, f"the engine cannot go on with it ({type(error).__name__})", now)


def _place_of(effect: Effect) -> tuple[UUID, int, EffectKind]:
    return effect.run.id, effect.run.position, effect.kind
