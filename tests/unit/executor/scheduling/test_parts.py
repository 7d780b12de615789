"""The line over a store of several parts: one that is away or slow stops its own workspaces, and no other."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

from connector_executor.admission.memory_store import Store
from connector_executor.admission.parts import Parts
from connector_executor.admission.port import Ask, Claimed
from connector_executor.connectors.plan import compile_plan
from connector_executor.execution import Arrival, Execution
from connector_executor.outcome import Success
from connector_executor.scheduling import admitter
from tests.unit.executor.a_connector import a_connector
from tests.unit.executor.a_credential import a_credential, an_authorized_plan
from tests.unit.executor.admission_suite import ready
from tests.unit.executor.scheduling.bench import SECOND, Bench, Flaky, Seen, an_execution, opened_over


@dataclass
class Scene:
    """Three parts, and a connector of a workspace in each."""

    bench: Bench
    parts: list[Flaky]
    plans: list[Any]

    def submit(self, part: int) -> Execution:
        execution = an_execution(plan=self.plans[part])
        self.bench.line.submit(execution)
        return execution

    async def serves(self, *parts: int) -> None:
        """Something of each goes the whole way."""
        for part in parts:
            execution = self.submit(part)
            ended: set[str] = set()
            while execution.id not in ended:
                found, outcome = await asyncio.wait_for(self.bench.ended.outcomes.get(), 5)
                assert isinstance(outcome, Success)
                ended.add(found.id)

    async def away(self, part: int) -> None:
        self.parts[part].away = True
        while self.bench.claims.parts[part].available:
            self.parts[part].asked.clear()
            self.submit(part)
            await asyncio.wait_for(self.parts[part].asked.wait(), 5)
            await asyncio.sleep(0)


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    parts = [Flaky(Store(lambda: 1_000 * SECOND)) for _ in range(3)]
    for part in parts:
        await part.join()
        await ready(part)
    admission = Parts(parts)
    plans = [compile_plan(a_connector(connector_id=uuid4(), workspace_id=in_part(admission, n))) for n in range(3)]
    async with opened_over(admission, parts[0], most_calls=64) as bench:
        yield Scene(bench, parts, plans)


def in_part(admission: Parts, part: int) -> UUID:
    while True:
        workspace_id = uuid4()
        if admission.part_of(str(workspace_id)) == part:
            return workspace_id


async def test_a_part_that_is_away_stops_its_own_and_no_other(scene: Scene) -> None:
    await scene.away(1)
    stopped = scene.submit(1)
    await scene.serves(0, 2, 0, 2)
    assert scene.bench.claims.available
    assert scene.bench.claims.away == [1]
    assert stopped not in scene.bench.calls.made
    scene.parts[1].away = False
    await scene.bench.claims.look(scene.bench.claims.parts[1])
    await scene.serves(1)
    assert stopped in scene.bench.calls.made


async def test_places_are_not_held_by_what_waits_for_a_part(scene: Scene) -> None:
    await scene.away(1)
    for _ in range(100):
        scene.submit(1)
    await scene.serves(0)
    assert scene.bench.line.queues.taken == 0


async def test_a_part_that_answers_late_holds_no_other_up(scene: Scene) -> None:
    scene.parts[1].answering.clear()
    late = scene.submit(1)
    await asyncio.wait_for(scene.parts[1].asked.wait(), 5)
    await scene.serves(0, 2)
    behind = scene.submit(1)
    await scene.serves(0)
    assert late not in scene.bench.calls.made
    scene.parts[1].answering.set()
    await scene.serves(1)
    assert {late, behind} <= set(scene.bench.calls.made)


async def test_a_part_that_is_late_is_waited_for_by_its_own_batch_and_no_later_one(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admitter, "LATE_SECONDS", 0.5)
    scene.parts[1].answering.clear()
    scene.submit(1)
    await asyncio.wait_for(scene.parts[1].asked.wait(), 5)
    await scene.serves(0)
    began = asyncio.get_running_loop().time()
    for _ in range(4):
        await scene.serves(0)
    assert asyncio.get_running_loop().time() - began < 1.0
    scene.parts[1].answering.set()
    await scene.serves(1)


async def test_who_was_asked_for_in_vain_is_released_before_the_part_is_asked_again(scene: Scene) -> None:
    """The answer may have been lost, not the question: a claim of ours must not outlive the record that leaves."""
    part, bench = scene.parts[1], scene.bench
    execution = scene.submit(1)
    part.lost = True
    await asyncio.wait_for(part.asked.wait(), 5)
    while bench.claims.parts[1].available:
        await asyncio.sleep(0)
    assert [id_ for _, id_ in part._store.claims] == [execution.id]
    assert await bench.drain.until_empty(5)
    assert isinstance(execution.origin, Seen)
    assert execution.origin.told == ["returned"]
    assert part._store.claims
    part.lost = False
    await bench.claims.look(bench.claims.parts[1])
    assert not part._store.claims
    assert bench.claims.parts[1].available


async def test_who_is_asked_for_in_vain_while_leases_are_renewed_is_released_before_the_part_is_asked_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would be released when it has been claimed again, and is under way."""
    part, bench = scene.parts[1], scene.bench
    renew, renewing, may_end = part.renew, asyncio.Event(), asyncio.Event()
    release, under_way = part.release, asyncio.Event()
    released_under_way: list[str] = []

    async def renew_slowly(claimed: Sequence[Claimed]) -> list[Claimed]:
        renewing.set()
        await may_end.wait()
        return await renew(claimed)

    async def release_noted(asks: Sequence[Ask]) -> None:
        released_under_way.extend(ask.execution_id for ask in asks if ask.execution_id in bench.line.claimed)
        await release(asks)

    async def call(_execution: Execution) -> Success:
        under_way.set()
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(part, "renew", renew_slowly)
    monkeypatch.setattr(part, "release", release_noted)
    bench.calls.answer = call
    renewal = asyncio.create_task(bench.claims.renew())
    await asyncio.wait_for(renewing.wait(), 5)
    part.lost = True
    scene.submit(1)
    while bench.claims.parts[1].available:
        await asyncio.sleep(0)
    part.lost = False
    may_end.set()
    await renewal
    await asyncio.wait_for(under_way.wait(), 5)
    await bench.claims.renew()
    assert not released_under_way


async def test_nothing_is_released_any_more_of_a_part_that_is_available_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who looks at a part that is back renews it, as the renewal does that was under way when it went."""
    part, claims = scene.parts[1], scene.bench.claims
    renew, release = part.renew, part.release
    renewing, may_end, may_release = asyncio.Event(), asyncio.Event(), asyncio.Event()
    under_way: list[int] = []

    async def renew_slowly(claimed: Sequence[Claimed]) -> list[Claimed]:
        renewing.set()
        await may_end.wait()
        return await renew(claimed)

    async def release_slowly(asks: Sequence[Ask]) -> None:
        under_way.append(len(under_way))
        await may_release.wait()
        await release(asks)
        under_way.pop()
        assert not under_way

    monkeypatch.setattr(part, "renew", renew_slowly)
    monkeypatch.setattr(part, "release", release_slowly)
    renewal = asyncio.create_task(claims.renew())
    await asyncio.wait_for(renewing.wait(), 5)
    part.lost = True
    scene.submit(1)
    while claims.parts[1].available:
        await asyncio.sleep(0)
    part.lost = False
    look = asyncio.create_task(claims.look(claims.parts[1]))
    for step in (may_end, may_release):
        for _ in range(10):
            await asyncio.sleep(0)
        step.set()
    await asyncio.gather(renewal, look)
    assert claims.parts[1].available


async def test_a_caller_who_waits_for_a_part_is_called_when_his_credential_is_good_again(scene: Scene) -> None:
    await scene.away(1)
    workspace_id, connector_id = scene.plans[1].workspace_id, uuid4()
    stale, good = (
        an_authorized_plan(credential, workspace_id=workspace_id, connector_id=connector_id)
        for credential in (
            a_credential(workspace_id=workspace_id, status="stale"),
            a_credential(workspace_id=workspace_id),
        )
    )
    caller = an_execution(plan=stale, arrival=Arrival.CALLER)
    scene.bench.line.submit(caller)
    await scene.serves(0)
    caller.plan = good
    scene.parts[1].away = False
    await scene.bench.claims.look(scene.bench.claims.parts[1])
    await scene.serves(1)
    assert caller in scene.bench.calls.made


async def test_callers_of_a_part_that_is_away_are_not_let_in(scene: Scene) -> None:
    await scene.away(1)
    assert [scene.bench.claims.answers(plan.workspace_id) for plan in scene.plans] == [True, False, True]


async def test_what_waits_for_a_part_for_long_is_parked(scene: Scene) -> None:
    await scene.away(1)
    stopped = scene.submit(1)
    await scene.serves(0)
    for _ in range(60):
        scene.bench.clock.at += 1.0
        await scene.bench.diversion.relieve()
        if not scene.bench.parker.parked.empty():
            break
    parked = {scene.bench.parker.parked.get_nowait()[0] for _ in range(scene.bench.parker.parked.qsize())}
    assert stopped in parked
    assert all(execution.workspace_id == stopped.workspace_id for execution in parked)


async def test_a_part_that_forgets_is_joined_again_by_itself(scene: Scene) -> None:
    before = [part.generation for part in scene.parts]
    scene.parts[2]._store.forget_everything()
    execution = scene.submit(2)
    await scene.serves(0, 1)
    while scene.parts[2].generation == before[2]:
        await asyncio.sleep(0)
    await ready(scene.parts[2])
    await scene.serves(2)
    assert execution in scene.bench.calls.made
    assert [part.generation for part in scene.parts[:2]] == before[:2]
