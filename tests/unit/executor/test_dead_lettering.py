"""The letter, then the row, then the claim, then the record: whatever fails between."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from connector_executor.admission.memory import InMemoryAdmission
from connector_executor.execution import Source
from connector_executor.parking.dead_lettering import DeadExecution, DeadLetterEnd, DeadLettering
from connector_executor.parking.port import Key
from connectors_shared.contract.failure import DeadReason
from tests.unit.executor.a_connector import CONNECTOR, WORKSPACE
from tests.unit.executor.parking_scene import Letters, Scene

WHY = DeadLetterEnd(DeadReason.BACKLOG_FULL, "full")


class Awkward(InMemoryAdmission):
    """Loses its connection `failures` times."""

    failures = 0
    asked = 0

    async def forget_dead(self, executions: Sequence[tuple[str, str]]) -> None:
        self.asked += 1
        if self.asked <= self.failures:
            raise ConnectionError("away")
        await super().forget_dead(executions)


class Picky(Letters):
    """Takes no headers."""

    async def write(self, record: Source, reason: DeadReason, detail: str) -> None:
        if record.headers:
            raise TypeError("a header that no message can have")
        await super().write(record, reason, detail)


def a_dead_lettering(scene: Scene, letters: Letters, admission: InMemoryAdmission) -> DeadLettering:
    dead: Any = letters
    return DeadLettering(dead, admission, scene.store, "me", scene.outbox, dead)


def awkward(scene: Scene) -> Awkward:
    return Awkward(scene.claims, "me", 2_000_000, 30_000_000)


async def test_the_claim_is_released_again_and_again_before_anybody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors_shared.runtime.persist.LONGEST_PAUSE_SECONDS", 0.001)
    scene, told = await Scene().begin(), []
    admission = awkward(scene)
    admission.failures = 3
    dead_lettering = a_dead_lettering(scene, scene.letters, admission)
    dead_lettering.start([DeadExecution(("w", "1"), Source(b"1"), WHY, lambda: told.append(admission.asked))])
    await scene.letters.settled()
    assert told == [4]
    assert [record.value for record, _, _ in scene.letters.written] == [b"1"]


async def test_many_are_released_in_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = await Scene().begin()
    admission = awkward(scene)
    dead_lettering = a_dead_lettering(scene, scene.letters, admission)
    await dead_lettering.run([DeadExecution(("w", str(n)), Source(b"x"), WHY, lambda: None) for n in range(200)])
    assert (admission.asked, len(scene.letters.written)) == (1, 200)


async def test_headers_that_no_letter_can_have_are_left_out() -> None:
    scene, letters = await Scene().begin(), Picky()
    told = asyncio.Event()
    dead_lettering = a_dead_lettering(scene, letters, scene.admission)
    await dead_lettering.run([DeadExecution(("w", "1"), Source(b"1", b"key", (("h", b"v"),)), WHY, told.set)])
    [(record, reason, detail)] = letters.written
    assert (record, reason) == (Source(b"1"), DeadReason.BACKLOG_FULL)
    assert detail.startswith("full; ")
    assert told.is_set()


async def test_a_row_that_somebody_else_has_taken_meanwhile_is_dead_lettered_there() -> None:
    scene, told = await Scene().begin(), asyncio.Event()
    [execution_id] = await scene.park()
    await scene.store.take("another", CONNECTOR, 9, 30.0, "g")
    identity, row = (str(WORKSPACE), str(execution_id)), (WORKSPACE, execution_id)
    dead_lettering = a_dead_lettering(scene, scene.letters, scene.admission)
    await dead_lettering.run([DeadExecution(identity, Source(b"1"), WHY, told.set, row)])
    assert (scene.letters.written, await scene.parked(), told.is_set()) == ([], 1, True)
    assert scene.outbox.held_bytes == 0


class Slow(Letters):
    """Says when it is asked to take one, and takes it when it is `open`."""

    def __init__(self) -> None:
        super().__init__()
        self.open.clear()
        self.reached = asyncio.Event()

    async def write(self, record: Source, reason: DeadReason, detail: str) -> None:
        self.reached.set()
        await super().write(record, reason, detail)


class Away:
    """Stands for the parking store: it cannot be reached until it is `back`."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.back = False
        self.asked = asyncio.Event()

    async def begin_removal(self, owner: str, keys: Sequence[Key]) -> set[Key]:
        self.asked.set()
        if not self.back:
            raise ConnectionError("away")
        return await self.scene.store.begin_removal(owner, keys)

    async def end_removal(self, owner: str, keys: Sequence[Key]) -> None:
        await self.scene.store.end_removal(owner, keys)


async def test_dead_lettering_that_waits_for_the_parking_store_leaves_the_way_to_kafka_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("connectors_shared.runtime.persist.LONGEST_PAUSE_SECONDS", 0.001)
    scene = await Scene().begin()
    [execution_id] = await scene.park()
    await scene.store.take("me", CONNECTOR, 9, 30.0, "g")
    store: Any = Away(scene)
    letters = Slow()
    dead: Any = letters
    dead_lettering = DeadLettering(dead, scene.admission, store, "me", scene.outbox, dead)
    large, row = Source(b"x" * 2_000_000), (WORKSPACE, execution_id)
    dead_lettering.start([DeadExecution((str(WORKSPACE), str(execution_id)), large, WHY, lambda: None, row)])
    await asyncio.wait_for(store.asked.wait(), 5)
    assert (scene.outbox.full, scene.outbox.held_bytes) == (False, 0)
    store.back = True
    await asyncio.wait_for(letters.reached.wait(), 5)
    assert scene.outbox.full
    letters.open.set()
    await letters.settled()
    assert (len(letters.written), await scene.parked(), scene.outbox.held_bytes) == (1, 0, 0)
