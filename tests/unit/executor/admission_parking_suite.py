"""What is refused is remembered as parked, and a backlog is not overtaken; run like `admission_suite`."""

from connector_executor.admission.port import (
    BudgetSpec,
    Queueing,
    Subject,
    Verdict,
)
from tests.unit.executor.admission_suite import (
    MS,
    SECOND,
    WORKSPACE,
    Deployment,
    a_parkable,
    a_window,
    one,
    verdicts,
)


async def test_what_comes_after_a_parked_one_queues_behind_it(deployment: Deployment) -> None:
    admission, budget = await deployment.replica("a"), a_window(1500 * MS)
    asks = [a_parkable(id_, budget) for id_ in "1234"]
    answers = await admission.admit(asks)
    assert verdicts(answers) == [Verdict.GO, Verdict.GO, Verdict.LATER, Verdict.BEHIND]
    assert (await one(await deployment.replica("b"), a_parkable("5", budget))).verdict is Verdict.BEHIND
    other = a_parkable("6", BudgetSpec("c:2"), connector_id="other")
    assert (await one(admission, other)).verdict is Verdict.GO


async def test_also_without_a_limit_what_comes_after_a_parked_one_of_the_same_batch_queues_behind_it(
    deployment: Deployment,
) -> None:
    admission, unlimited, limited = await deployment.replica("a"), BudgetSpec("c:1"), a_window(1500 * MS)
    budgets = (unlimited, unlimited, limited, limited, limited, unlimited)
    answers = await admission.admit([a_parkable(id_, budget) for id_, budget in zip("123456", budgets, strict=True)])
    assert verdicts(answers) == [*[Verdict.GO] * 4, Verdict.LATER, Verdict.BEHIND]
    assert not any(answer.watched for answer in answers[:2])


async def test_a_parked_one_that_is_asked_for_again_stays_parked(deployment: Deployment) -> None:
    admission, budget = await deployment.replica("a"), a_window(1500 * MS)
    await admission.admit([a_parkable(id_, budget) for id_ in "123"])
    for queueing in (Queueing.PARKS, Queueing.OVERTAKES, Queueing.WAITS):
        assert (await one(admission, a_parkable("3", budget, queueing))).verdict is Verdict.PARKED


async def test_what_overtakes_gets_a_slot_although_there_is_a_backlog(deployment: Deployment) -> None:
    admission, budget = await deployment.replica("a"), a_window(600 * MS)
    await admission.mark_backlog([Subject(WORKSPACE, "c", "", budget)], True)
    assert (await one(admission, a_parkable("1", budget))).verdict is Verdict.BEHIND
    assert (await one(admission, a_parkable("2", budget, Queueing.OVERTAKES))).verdict is Verdict.GO
    assert (await one(admission, a_parkable("3", budget, Queueing.WAITS))).verdict is Verdict.GO


async def test_without_a_backlog_nothing_queues_any_more(deployment: Deployment) -> None:
    admission, budget = await deployment.replica("a"), a_window(600 * MS)
    subject = Subject(WORKSPACE, "c", "", budget)
    await admission.mark_backlog([subject], True)
    assert (await admission.limits(subject)).backlogged
    await admission.mark_backlog([subject], False)
    assert not (await admission.limits(subject)).backlogged
    assert (await one(admission, a_parkable("1", budget))).verdict is Verdict.GO


async def test_what_is_drained_runs_and_reserves_no_further_than_its_own_horizon(deployment: Deployment) -> None:
    admission, budget = await deployment.replica("a"), a_window(800 * MS)
    await admission.admit([a_parkable(id_, budget) for id_ in "12345"])
    await deployment.outlast(2.0)
    drained = [a_parkable(id_, budget, Queueing.DRAINED) for id_ in "45678"]
    answers = await admission.admit(drained)
    assert verdicts(answers) == [Verdict.GO, *[Verdict.LATER] * 4]
    assert (await one(admission, a_parkable("9", budget, Queueing.OVERTAKES))).verdict is Verdict.GO


async def test_a_repeat_of_what_is_being_drained_waits(deployment: Deployment) -> None:
    admission, other = await deployment.replica("a"), await deployment.replica("b")
    budget = a_window(600 * MS)
    await admission.mark_backlog([Subject(WORKSPACE, "c", "", budget)], True)
    assert (await one(admission, a_parkable("1", budget))).verdict is Verdict.BEHIND
    assert (await one(admission, a_parkable("1", budget, Queueing.DRAINED))).verdict is Verdict.GO
    assert (await one(other, a_parkable("1", budget))).verdict is Verdict.RUNNING


async def test_an_execution_that_ran_and_is_parked_holds_neither_place_nor_claim(deployment: Deployment) -> None:
    admission, budget = await deployment.replica("a"), BudgetSpec("c:1", max_concurrent=1)
    first = a_parkable("1", budget)
    await one(admission, first)
    await admission.park([first])
    assert (await one(admission, a_parkable("2", budget))).verdict is Verdict.GO
    assert (await one(admission, a_parkable("1", budget))).verdict is Verdict.PARKED
    await admission.release([a_parkable("2", budget)])
    heir = await deployment.replica("b")
    assert (await one(heir, a_parkable("1", budget, Queueing.DRAINED, attempt=2))).verdict is Verdict.GO


async def test_a_refused_further_attempt_gives_its_place_back(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    budget = BudgetSpec("c:1", ((10 * SECOND, 0),), max_concurrent=1)
    await one(admission, a_parkable("1", budget))
    assert (await one(admission, a_parkable("1", budget, attempt=2))).verdict is Verdict.LATER
    assert (await admission.limits(Subject(WORKSPACE, "c", "", budget))).in_flight == 0


async def test_nobody_else_can_park_what_runs(deployment: Deployment) -> None:
    budget = BudgetSpec("c:1")
    await one(await deployment.replica("a"), a_parkable("1", budget))
    other = await deployment.replica("b")
    await other.park([a_parkable("1", budget)])
    assert (await one(other, a_parkable("1", budget))).verdict is Verdict.RUNNING
