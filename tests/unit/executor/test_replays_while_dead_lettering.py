"""A replay of a dead letter that comes while its parked row is still being dead-lettered, at every moment there is."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

import pytest

from connector_executor.admission.port import Verdict
from connector_executor.execution import Execution, Source
from connector_executor.outcome import Success
from connector_executor.parking import parker
from connector_executor.parking.port import ParkReason
from connector_executor.policies.quota import Advice
from connectors_shared.contract.execution import ConnectorExecute
from tests.unit.executor.a_connector import WORKSPACE, a_plan
from tests.unit.executor.parking_scene import Came, Scene

PARKS = {Verdict.LATER, Verdict.HELD, Verdict.BEHIND, Verdict.PARKED}
ENDS = {Verdict.SETTLED, Verdict.DONE}
HELD_SECONDS = 40.0
MOST_MOMENTS = 20


class Killed(BaseException):
    """The process is gone."""


class Moments:
    """Between any two things that the replica does outside, from its first letter on; `event` is at `at`."""

    def __init__(self, scene: Scene, at: int) -> None:
        self.scene, self.at = scene, at
        self.passed = 0
        self.dead = False
        self.event: Callable[[], Awaitable[None]]
        where: Any = scene
        for part, names in {
            "letters": ["write"],
            "store": ["begin_removal", "end_removal", "remove"],
            "admission": ["forget_dead"],
        }.items():
            for name in names:
                setattr(getattr(where, part), name, self._between(getattr(getattr(where, part), name)))

    def _between(self, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def stepped(*given: Any) -> Any:
            await self._moment()
            answer = await call(*given)
            await self._moment()
            return answer

        return stepped

    async def _moment(self) -> None:
        if self.dead:
            raise Killed
        if not self.scene.letters.written:
            return
        now, self.passed = self.passed, self.passed + 1
        if now == self.at:
            await self.event()


class Replica:
    """Runs what comes from Kafka and what it drains; a call takes no time."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.records: list[Execution] = []
        self.calls: list[str] = []

    def receive(self, source: Source) -> None:
        self.records.append(
            Execution(ConnectorExecute.model_validate_json(source.value), a_plan(method="POST"), Came(), 0.0, source)
        )

    async def work(self) -> None:
        """One pass of everything."""
        await self._take_records()
        await asyncio.sleep(0)
        await self.scene.parker.flush(5)
        await self.scene.end()
        for execution in await self.scene.drain():
            verdict, wait_seconds = await self._ask(execution)
            if verdict is Verdict.GO and not wait_seconds:
                self._call(execution)
            elif verdict in ENDS:
                self.scene.outcomes.drop(execution)
            else:
                execution.origin.refused(execution, verdict, wait_seconds)
        await self.scene.leased.write()

    async def _take_records(self) -> None:
        for execution in list(self.records):
            verdict, wait_seconds = await self._ask(execution)
            if verdict in PARKS:
                self.scene.parker.park(execution, ParkReason.RATE_LIMITED)
            elif verdict is Verdict.GO and not wait_seconds:
                self._call(execution)
            elif verdict in ENDS:
                self.scene.outcomes.drop(execution)
            else:
                continue
            self.records.remove(execution)

    async def _ask(self, execution: Execution) -> tuple[Verdict, float]:
        (answer,) = await self.scene.admission.admit([execution.ask()])
        return answer.verdict, answer.wait_seconds

    def _call(self, execution: Execution) -> None:
        self.calls.append(execution.id)
        self.scene.outcomes.finish(execution, Success(None, 200))


@asynccontextmanager
async def parking(scene: Scene) -> AsyncIterator[None]:
    running = asyncio.create_task(scene.parker.run())
    yield
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def a_row_to_dead_letter(scene: Scene, why: str) -> UUID:
    scene.publish(method="POST", version=2, parking={"whenFull": "dead-letter"})
    damage = {"envelope": b"\xc1"} if why == "damaged" else {}
    [execution_id] = await scene.park(expires_in_seconds=10.0, **damage)
    scene.outlast(11)
    return execution_id


async def dead_letter(scene: Scene) -> None:
    with suppress(Killed):
        await scene.end()


@pytest.mark.parametrize("forgotten", [False, True])
@pytest.mark.parametrize("killed", [False, True])
@pytest.mark.parametrize("limited", [False, True])
@pytest.mark.parametrize("why", ["expired", "damaged"])
async def test_it_is_called_once_whenever_it_comes(
    monkeypatch: pytest.MonkeyPatch, why: str, limited: bool, killed: bool, forgotten: bool
) -> None:
    """`limited`: it has to be parked itself. `killed`: at that moment that process dies. `forgotten`: the store
    of claims has lost this one.
    """
    monkeypatch.setattr(parker, "AGAIN_SECONDS", 0)
    monkeypatch.setattr(parker, "COLLECT_SECONDS", 0)
    at = 0
    while await the_replay_came(at, why, limited=limited, killed=killed, forgotten=forgotten):
        at += 1
        assert at < MOST_MOMENTS
    assert at > 4


async def the_replay_came(at: int, why: str, *, limited: bool, killed: bool, forgotten: bool) -> bool:
    """Checks what became of it. False: there is no such moment (any more)."""
    scene = await Scene().begin()
    execution_id = await a_row_to_dead_letter(scene, why)
    other = Replica(scene.beside("heir"))
    await other.scene.begin()
    moments = Moments(scene, at)

    async def come() -> None:
        if limited:
            budget = a_plan(method="POST").budget
            await other.scene.admission.observe(str(WORKSPACE), budget, Advice("test", hold_seconds=HELD_SECONDS))
        if forgotten:
            scene.claims.claims.clear()
        moments.dead = killed
        other.receive(scene.letters.written[0][0])
        await other._take_records()
        await asyncio.sleep(0)
        await other.scene.parker.flush(5)
        if killed:
            raise Killed

    moments.event = come
    async with parking(other.scene):
        await dead_letter(scene)
        if moments.passed <= at:
            return False
        for _ in range(12):
            scene.outlast(11)
            await other.work()
    assert other.calls == [str(execution_id)], f"at moment {at}"
    assert other.records == []
    assert await other.scene.parked() == 0
    return True
