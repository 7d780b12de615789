"""Claims, leases, outcomes and places: who runs an execution, and what becomes of it; run like `admission_suite`."""

import pytest

from connector_executor.admission.port import (
    Admitted,
    BudgetSpec,
    Verdict,
)
from tests.unit.executor.admission_suite import (
    HORIZON_SECONDS,
    LEASE_SECONDS,
    MS,
    POSITION,
    SECOND,
    Deployment,
    a_window,
    an_asker,
    assert_waits,
    verdicts,
)


async def test_a_completed_execution_gives_its_result(deployment: Deployment) -> None:
    asker, result = await an_asker(deployment), '{"ok":"ja, süß"}'.encode()
    await asker.one("1")
    assert await asker.complete("1", result) == result
    assert await asker.one("1") == Admitted(Verdict.DONE, result=result)
    assert await asker.one("1", attempt=2) == Admitted(Verdict.DONE, result=result)
    assert await (await an_asker(deployment, "b")).one("1") == Admitted(Verdict.DONE, result=result)


async def test_the_first_result_kept_wins(deployment: Deployment) -> None:
    asker = await an_asker(deployment)
    await asker.one("1")
    await asker.complete("1", b"first")
    assert await (await an_asker(deployment, "b")).complete("1", b"second") == b"first"
    assert (await asker.one("1")).result == b"first"


async def test_a_result_without_a_claim_is_kept_too(deployment: Deployment) -> None:
    asker = await an_asker(deployment)
    assert await asker.complete("1", b"result") == b"result"
    assert await asker.one("1") == Admitted(Verdict.DONE, result=b"result")


async def test_a_settled_execution_is_a_repeat_to_drop(deployment: Deployment) -> None:
    asker = await an_asker(deployment)
    await asker.one("1")
    await asker.complete("1", b"result")
    await asker.settle("1")
    assert await asker.one("1") == Admitted(Verdict.SETTLED, position=POSITION)
    assert await (await an_asker(deployment, "b")).one("1", repeatable=True) == Admitted(
        Verdict.SETTLED, position=POSITION
    )
    assert await asker.complete("1", b"again") is None


async def test_settling_needs_no_claim(deployment: Deployment) -> None:
    asker = await an_asker(deployment)
    await asker.settle("1")
    assert await asker.one("1") == Admitted(Verdict.SETTLED, position=POSITION)


@pytest.mark.parametrize("repeatable", [False, True])
async def test_another_owner_waits_for_the_lease(deployment: Deployment, repeatable: bool) -> None:
    await (await an_asker(deployment, "a")).one("1", repeatable=repeatable)
    answer = await (await an_asker(deployment, "b")).one("1", repeatable=repeatable)
    assert answer.verdict is Verdict.RUNNING
    assert 0 < answer.wait_us <= LEASE_SECONDS * SECOND


async def test_after_the_lease_a_call_that_may_do_harm_stays_unknown(deployment: Deployment) -> None:
    await (await an_asker(deployment, "a")).one("1")
    await deployment.outlast(LEASE_SECONDS)
    other = await an_asker(deployment, "b")
    assert await other.one("1") == Admitted(Verdict.UNKNOWN)
    assert await other.one("1") == Admitted(Verdict.UNKNOWN), "the first answer may have been lost"


async def test_after_the_lease_a_repeatable_call_goes_to_the_next_owner(deployment: Deployment) -> None:
    await (await an_asker(deployment, "a")).one("1", repeatable=True)
    await deployment.outlast(LEASE_SECONDS)
    assert (await (await an_asker(deployment, "b")).one("1", repeatable=True)).verdict is Verdict.GO
    assert (await (await an_asker(deployment, "a")).one("1", repeatable=True)).verdict is Verdict.RUNNING


async def test_a_lease_begins_at_the_slot(deployment: Deployment) -> None:
    budget = a_window(1500 * MS)
    await (await an_asker(deployment, "a", budget)).admit("1", "2")
    await deployment.outlast(LEASE_SECONDS)
    answer = await (await an_asker(deployment, "b", budget)).one("2")
    assert answer.verdict is Verdict.RUNNING
    assert answer.wait_us > 700 * MS


async def test_renewing_extends_the_lease_of_its_owner_only(deployment: Deployment) -> None:
    asker, other = await an_asker(deployment, "a"), await an_asker(deployment, "b")
    await asker.admit("1", "2")
    await deployment.outlast(LEASE_SECONDS)
    await asker.renew("1")
    await other.renew("2")
    assert (await other.one("1")).verdict is Verdict.RUNNING
    assert (await other.one("2")).verdict is Verdict.UNKNOWN


async def test_a_release_gives_the_claim_and_the_place_back(deployment: Deployment) -> None:
    budget = BudgetSpec("c:1", max_concurrent=1)
    asker, other = await an_asker(deployment, "a", budget), await an_asker(deployment, "b", budget)
    await asker.one("1")
    assert (await other.one("2")).verdict is Verdict.BUSY
    await asker.release("1")
    assert (await other.one("1")).verdict is Verdict.GO


async def test_only_the_owner_can_release(deployment: Deployment) -> None:
    budget = BudgetSpec("c:1", max_concurrent=1)
    asker, other = await an_asker(deployment, "a", budget), await an_asker(deployment, "b", budget)
    await asker.one("1")
    await other.release("1")
    assert (await other.one("1")).verdict is Verdict.RUNNING
    assert (await other.one("2")).verdict is Verdict.BUSY


async def test_a_result_is_never_released(deployment: Deployment) -> None:
    asker = await an_asker(deployment)
    await asker.one("1")
    await asker.complete("1", b"result")
    await asker.release("1")
    assert (await asker.one("1")).verdict is Verdict.DONE


async def test_no_more_than_the_concurrency_is_in_flight(deployment: Deployment) -> None:
    asker = await an_asker(deployment, budget=BudgetSpec("c:1", max_concurrent=2))
    answers = await asker.admit("1", "2", "3")
    assert verdicts(answers) == [Verdict.GO, Verdict.GO, Verdict.BUSY]
    assert answers[2].wait_us > 0
    await asker.complete("1", b"result")
    assert verdicts(await asker.admit("3", "4")) == [Verdict.GO, Verdict.BUSY]


async def test_a_refusal_for_concurrency_takes_no_slot(deployment: Deployment) -> None:
    asker = await an_asker(deployment, budget=a_window(800 * MS, concurrent=1))
    assert verdicts(await asker.admit("1", "2", "3")) == [Verdict.GO, Verdict.BUSY, Verdict.BUSY]
    await asker.release("1")
    assert_waits([await asker.one("2")], [800 * MS])


async def test_another_attempt_keeps_its_place(deployment: Deployment) -> None:
    asker = await an_asker(deployment, budget=BudgetSpec("c:1", max_concurrent=1))
    await asker.one("1")
    assert (await asker.one("1", attempt=2)).verdict is Verdict.GO


async def test_places_of_a_lost_owner_come_back(deployment: Deployment) -> None:
    budget = BudgetSpec("c:1", max_concurrent=1)
    await (await an_asker(deployment, "a", budget)).one("1")
    await deployment.outlast(LEASE_SECONDS + HORIZON_SECONDS)
    assert (await (await an_asker(deployment, "b", budget)).one("2")).verdict is Verdict.GO


async def test_renewing_what_is_complete_takes_no_place(deployment: Deployment) -> None:
    asker = await an_asker(deployment, budget=BudgetSpec("c:1", max_concurrent=1))
    await asker.one("1")
    await asker.complete("1", b"result")
    await asker.renew("1")
    assert (await asker.one("2")).verdict is Verdict.GO
