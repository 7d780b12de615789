"""The clock of the store goes back by a day: nothing stands still until it is tomorrow again. In the twin."""

from collections.abc import Awaitable, Callable
from typing import Protocol

import pytest

from connector_executor.admission.memory import REFILL_LEASE_US, InMemoryAdmission
from connector_executor.admission.memory_store import Store
from connector_executor.admission.port import Admission, Ask, BreakerPolicy, BudgetSpec, Subject, Tally, Verdict
from connector_executor.policies.quota import Advice
from tests.unit.executor.admission_suite import SECOND, ready

A_DAY_US = 86_400 * SECOND
LIMITED = BudgetSpec("connector", windows=((SECOND, 0),))
UPSTREAM = Subject("workspace", "connector", "upstream")
BREAKERS = BreakerPolicy(
    min_calls=4, open_seconds=5, probe_seconds=10, unhealthy_seconds=1, unhealthy_failures=2, unhealthy_probe_seconds=20
)
FAILING = Tally(failing=4, failed=4)
LEASE_SECONDS = 30
HORIZON_SECONDS = 2


class Scene:
    def __init__(self) -> None:
        self.now_us = 1_700_000_000 * SECOND
        self.store = Store(lambda: self.now_us)

    async def replica(self, owner: str = "one") -> InMemoryAdmission:
        found = InMemoryAdmission(
            self.store,
            owner,
            HORIZON_SECONDS * SECOND,
            LEASE_SECONDS * SECOND,
            settling_us=5 * SECOND,
            breakers=BREAKERS,
        )
        await found.join()
        return found

    def wait(self, seconds: float) -> None:
        self.now_us += round(seconds * SECOND)

    def go_back(self) -> None:
        self.now_us -= A_DAY_US


def a_try(execution_id: str, budget: BudgetSpec = LIMITED) -> Ask:
    return Ask("workspace", execution_id, budget, 1, True, "connector", "upstream")


async def answer(admission: Admission, ask: Ask) -> Verdict:
    [found] = await admission.admit([ask])
    return found.verdict


class Trouble(Protocol):
    def __call__(self, scene: Scene, replica: InMemoryAdmission) -> Awaitable[None]: ...


async def a_probe_without_an_end(scene: Scene, replica: InMemoryAdmission) -> None:
    await replica.report([(UPSTREAM, FAILING)])
    scene.wait(6)
    assert await answer(replica, a_try("probe")) is Verdict.GO


async def an_open_breaker(scene: Scene, replica: InMemoryAdmission) -> None:
    await replica.report([(UPSTREAM, FAILING)])


async def an_unhealthy_connector(scene: Scene, replica: InMemoryAdmission) -> None:
    refused = Tally(alive=4, failed=4)
    await replica.report([(UPSTREAM, refused)])
    scene.wait(2)
    assert len(await replica.report([(UPSTREAM, refused)])) == 1


async def a_spent_budget(scene: Scene, replica: InMemoryAdmission) -> None:
    await replica.admit([a_try("1"), a_try("2")])


async def an_upstream_that_wants_quiet(scene: Scene, replica: InMemoryAdmission) -> None:
    await replica.observe("workspace", LIMITED, Advice("Retry-After: 60", 60.0))


TROUBLES: list[tuple[Callable[[Scene, InMemoryAdmission], Awaitable[None]], float]] = [
    (a_probe_without_an_end, BREAKERS.max_open_seconds),
    (an_open_breaker, BREAKERS.max_open_seconds),
    (an_unhealthy_connector, BREAKERS.unhealthy_probe_seconds),
    (a_spent_budget, 2.0),
    (an_upstream_that_wants_quiet, 60.0),
]


@pytest.mark.parametrize(("trouble", "seconds"), TROUBLES)
async def test_it_goes_on_as_soon_as_it_would_have(trouble: Trouble, seconds: float) -> None:
    scene = Scene()
    replica = await scene.replica()
    await ready(replica)
    await trouble(scene, replica)
    scene.go_back()
    await answer(replica, a_try("asks"))
    scene.wait(seconds + 1)
    assert await answer(replica, a_try("goes")) is Verdict.GO


async def test_a_burst_that_was_spent_tomorrow_is_over_after_one_window() -> None:
    scene = Scene()
    replica = await scene.replica()
    await ready(replica)
    burst = BudgetSpec("connector", ((SECOND, 4 * SECOND),), quotas=((5, 5 * SECOND),))
    for index in range(5):
        assert await answer(replica, a_try(str(index), burst)) is Verdict.GO
    scene.go_back()
    await replica.admit([a_try("asks", burst)])
    scene.wait(6)
    [found] = await replica.admit([a_try("goes", burst)])
    assert (found.verdict, found.wait_us) == (Verdict.GO, 0)


async def test_the_log_is_read_by_another_when_the_refiller_is_gone() -> None:
    scene = Scene()
    gone, heir = await scene.replica(), await scene.replica("another")
    assert (await gone.look()).refills
    scene.go_back()
    assert not (await heir.look()).refills
    scene.wait(REFILL_LEASE_US / SECOND + 1)
    assert (await heir.look()).refills


async def test_a_memory_that_began_tomorrow_begins_now() -> None:
    scene = Scene()
    replica = await scene.replica()
    await ready(replica, lost=True)
    scene.go_back()
    burst = BudgetSpec("connector", ((SECOND, 5 * SECOND),), max_concurrent=1, quotas=((5, SECOND),))
    assert await answer(replica, a_try("1", burst)) is Verdict.RECOVERING
    assert (await replica.look()).settles_seconds <= 5
    scene.wait(6)
    assert await answer(replica, a_try("1", burst)) is Verdict.GO


async def test_a_breaker_counts_the_calls_of_today() -> None:
    scene = Scene()
    replica = await scene.replica()
    await replica.report([(UPSTREAM, Tally(alive=1, succeeded=1))])
    scene.go_back()
    await replica.report([(UPSTREAM, Tally(alive=1, succeeded=1))])
    scene.wait(2 * BREAKERS.window_seconds + 1)
    await replica.report([(UPSTREAM, Tally(alive=1, succeeded=1))])
    assert (await replica.limits(UPSTREAM)).breaker_calls == 1
