"""The claims: asked for until there is an answer, given back before anybody is let go."""

import asyncio
from collections.abc import Sequence

import pytest

from connector_executor.admission.memory import InMemoryAdmission, Store
from connector_executor.admission.port import Admitted, Ask, Claimed, Recheck, Verdict, as_told
from connector_executor.metrics import ExecutorMetrics
from connector_executor.scheduling.claims import Claims
from connector_executor.scheduling.line import Line
from connectors_shared.runtime.supervision import Supervisor
from tests.unit.executor.executions import an_execution, told

SECOND = 1_000_000


class Unsteady(InMemoryAdmission):
    """`away` answers nothing; releases wait for `releasing`."""

    def __init__(self) -> None:
        super().__init__(Store(lambda: 1_000 * SECOND), "me", 2 * SECOND, 30 * SECOND)
        self.away = False
        self.asked = asyncio.Event()
        self.releasing = asyncio.Event()
        self.releasing.set()

    async def admit(self, asks: Sequence[Ask]) -> list[Admitted]:
        self.asked.set()
        if self.away:
            raise ConnectionError("away")
        return await super().admit(asks)

    async def release(self, asks: Sequence[Ask]) -> None:
        await self.releasing.wait()
        if self.away:
            raise ConnectionError("away")
        await super().release(asks)

    async def renew(self, claimed: Sequence[Claimed]) -> list[Claimed]:
        if self.away:
            raise ConnectionError("away")
        return await super().renew(claimed)


@pytest.fixture
async def admission(monkeypatch: pytest.MonkeyPatch) -> Unsteady:
    monkeypatch.setattr("connectors_shared.runtime.persist.LONGEST_PAUSE_SECONDS", 0.001)
    admission = Unsteady()
    await admission.join()
    return admission


@pytest.fixture
def line() -> Line:
    return Line(ExecutorMetrics())


@pytest.fixture
def claims(admission: Unsteady, line: Line) -> Claims:
    return Claims(admission, line, Supervisor(lambda: None), ExecutorMetrics())


async def test_it_asks_again_until_the_store_is_back(claims: Claims, admission: Unsteady) -> None:
    admission.away = True
    asking = asyncio.create_task(claims.ask([an_execution()]))
    await admission.asked.wait()
    await asyncio.sleep(0)
    assert not claims.available
    admission.away = False
    assert [answer.verdict for answer in await asking] == [Verdict.GO]
    assert claims.available


async def test_whoever_has_to_leave_ends_the_asking_of_all(claims: Claims, admission: Unsteady, line: Line) -> None:
    admission.away = True
    asking = asyncio.create_task(claims.ask([an_execution(), an_execution()]))
    await admission.asked.wait()
    line.dismiss(lambda _execution: True)
    assert await asyncio.wait_for(asking, 5) == []


async def test_nobody_is_told_before_the_claim_is_released(claims: Claims, admission: Unsteady, line: Line) -> None:
    execution = an_execution()
    line.submit(execution)
    await claims.ask([execution])
    line.claim(execution)
    admission.releasing.clear()
    giving = claims.give_back([execution])
    await asyncio.sleep(0)
    assert (told(execution), claims.releasing) == ([], 1)
    admission.releasing.set()
    await giving
    assert (told(execution), claims.releasing) == (["returned"], 0)
    assert not admission._store.claims


async def test_a_store_that_is_away_holds_nobody_back(claims: Claims, admission: Unsteady, line: Line) -> None:
    execution = an_execution()
    line.submit(execution)
    admission.away = True
    await claims.give_back([execution])
    assert told(execution) == ["returned"]
    assert not claims.available


async def test_one_that_is_refused_after_a_call_may_come_again(claims: Claims, admission: Unsteady, line: Line) -> None:
    execution = an_execution()
    line.submit(execution)
    await claims.ask([execution])
    await claims.refuse(execution, Verdict.LATER, 60)
    assert told(execution) == ["refused later 60"]
    assert not admission._store.claims


async def test_a_store_that_was_away_is_looked_after(claims: Claims, admission: Unsteady) -> None:
    admission.away = True
    await claims.renew()
    assert not claims.available
    admission.away = False
    await claims.look(claims.parts[0])
    assert claims.available


async def test_one_that_is_released_while_the_store_is_joined_is_not_claimed_again(
    claims: Claims, admission: Unsteady, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, parked = an_execution(), an_execution()
    for execution in (kept, parked):
        line.submit(execution)
    await claims.ask([kept, parked])
    for execution in (kept, parked):
        line.claim(execution)
    told_again = admission.reclaim

    async def reclaim(claimed: Sequence[Claimed], recheck: Recheck = as_told) -> None:
        line.disclaim(parked)
        await told_again(claimed, recheck)

    monkeypatch.setattr(admission, "reclaim", reclaim)
    admission._store.forget_everything()
    await claims.renew()
    assert {id_ for _, id_ in admission._store.claims} == {kept.ask().execution_id}
