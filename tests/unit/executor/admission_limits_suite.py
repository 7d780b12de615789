"""A limit that changes, and connectors with other limits in the budget they share; run like `admission_suite`."""

from connector_executor.admission.port import (
    Admitted,
    Ask,
    BudgetSpec,
    Verdict,
)
from connector_executor.policies.quota import Advice
from tests.unit.executor.admission_suite import (
    HORIZON_SECONDS,
    MS,
    SECOND,
    WORKSPACE,
    Deployment,
    a_window,
    assert_waits,
    let_go,
    one,
)


async def test_a_faster_limit_holds_from_the_next_slot_on(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    await admission.admit([Ask(WORKSPACE, id_, a_window(1800 * MS)) for id_ in "12"])
    answer = await one(admission, Ask(WORKSPACE, "3", a_window(180 * MS)))
    assert_waits([answer], [360 * MS])


async def test_a_much_faster_limit_does_not_wait_for_what_was_let_go_under_the_old_one(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    await one(admission, Ask(WORKSPACE, "1", a_window(3600 * SECOND)))
    faster = Ask(WORKSPACE, "2", a_window(100 * MS))
    assert (await one(admission, faster)).verdict is Verdict.GO
    await deployment.outlast(0.25)
    assert await one(admission, faster) == Admitted(Verdict.GO)


async def test_a_slower_limit_keeps_the_number_of_reserved_calls(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    await admission.admit([Ask(WORKSPACE, id_, a_window(300 * MS)) for id_ in "12"])
    answer = await one(admission, Ask(WORKSPACE, "3", a_window(900 * MS)))
    assert_waits([answer], [1800 * MS])


HOURLY = a_window(3600 * SECOND)


async def test_a_lowered_limit_keeps_its_distance_from_the_last_call(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    await one(admission, Ask(WORKSPACE, "1", a_window(20 * MS)))
    await deployment.outlast(0.1)
    lowered = await one(admission, Ask(WORKSPACE, "2", HOURLY))
    assert lowered.verdict is Verdict.LATER
    assert 3590 * SECOND < lowered.wait_us < 3600 * SECOND


async def test_a_limit_that_is_lowered_for_a_moment_is_as_it_was_after_it(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    await one(admission, Ask(WORKSPACE, "1", HOURLY))
    await one(admission, Ask(WORKSPACE, "2", a_window(20 * MS)))
    assert (await one(admission, Ask(WORKSPACE, "3", HOURLY))).verdict is Verdict.LATER
    await deployment.outlast(0.1)
    assert let_go([await one(admission, Ask(WORKSPACE, "3", a_window(20 * MS)))]) == 1
    assert (await one(admission, Ask(WORKSPACE, "4", HOURLY))).verdict is Verdict.LATER


async def test_a_limit_that_nobody_used_while_it_was_raised_is_as_spent_as_before(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    await one(admission, Ask(WORKSPACE, "1", HOURLY, connector_id="c"))
    refused = Ask(WORKSPACE, "2", BudgetSpec("c:1", ((20 * MS, 0), (7200 * SECOND, 0))), connector_id="c")
    await admission.observe(WORKSPACE, refused.budget, Advice("Retry-After: 60", 60.0))
    assert (await one(admission, refused)).verdict is Verdict.HELD
    assert (await one(admission, Ask(WORKSPACE, "3", HOURLY, connector_id="c"))).wait_us > 3590 * SECOND


async def test_a_lowered_limit_does_not_wait_for_all_that_had_reserved(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    await admission.admit([Ask(WORKSPACE, str(number), a_window(20 * MS)) for number in range(60)])
    lowered = await one(admission, Ask(WORKSPACE, "x", HOURLY))
    assert lowered.wait_us <= (3600 + HORIZON_SECONDS) * SECOND


def a_burst(limit: int) -> BudgetSpec:
    """All that a second may have may go at once."""
    interval = SECOND // limit
    return BudgetSpec("c:1", ((interval, SECOND - interval),), quotas=((limit, SECOND),))


def some(budget: BudgetSpec, name: str, number: int) -> list[Ask]:
    return [Ask(WORKSPACE, f"{name}{index}", budget) for index in range(number)]


async def test_a_limit_that_is_lowered_counts_what_was_let_go_before(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    assert let_go(await admission.admit(some(a_burst(200), "a", 200))) == 200
    await deployment.outlast(0.6)
    assert let_go(await admission.admit(some(a_burst(100), "b", 100))) == 0
    await deployment.outlast(0.5)
    assert let_go(await admission.admit(some(a_burst(100), "b", 100))) > 20


async def test_a_limit_that_is_raised_allows_as_many_more_at_once(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    assert let_go(await admission.admit(some(a_burst(100), "a", 100))) == 100
    assert let_go(await admission.admit(some(a_burst(200), "b", 200))) == 100
    assert let_go(await admission.admit(some(a_burst(100), "c", 10))) == 0


def only_counted(limit: int) -> BudgetSpec:
    """So many in half a minute, and no distance between them."""
    return BudgetSpec("c:1", ((30 * SECOND // limit, 1_000 * SECOND),), quotas=((limit, 30 * SECOND),))


async def test_a_limit_between_two_former_ones_counts_what_only_the_larger_one_still_knows(
    deployment: Deployment,
) -> None:
    admission = await deployment.replica("a")
    assert let_go(await admission.admit(some(only_counted(7), "a", 1))) == 1
    assert let_go(await admission.admit(some(only_counted(300), "b", 220))) == 220
    assert let_go(await admission.admit(some(only_counted(150), "c", 1))) == 0


async def test_connectors_with_other_limits_know_of_each_other_in_a_budget_they_share(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    assert let_go(await admission.admit(some(a_burst(100), "a", 10))) == 10
    assert let_go(await admission.admit(some(a_burst(300), "b", 10))) == 10
    assert let_go(await admission.admit(some(a_burst(100), "c", 10))) == 10
    assert let_go(await admission.admit(some(a_burst(300), "d", 270))) == 270
    assert let_go(await admission.admit(some(a_burst(100), "e", 10))) == 0


async def test_who_has_no_rate_counts_in_a_budget_that_is_shared_with_one(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    assert let_go(await admission.admit(some(a_burst(100), "a", 10))) == 10
    assert let_go(await admission.admit(some(BudgetSpec("c:1"), "b", 90))) == 90
    assert let_go(await admission.admit(some(a_burst(100), "c", 10))) == 0


async def test_weights_of_connectors_that_share_a_budget_do_not_change_what_is_reserved(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    await admission.admit([Ask(WORKSPACE, "1", a_window(300 * MS)), Ask(WORKSPACE, "2", a_window(300 * MS, weight=3))])
    assert_waits([await one(admission, Ask(WORKSPACE, "3", a_window(300 * MS)))], [1200 * MS])


async def test_who_has_no_rate_counts_from_the_moment_on_in_which_somebody_of_its_batch_has_one(
    deployment: Deployment,
) -> None:
    admission, free, pair = await deployment.replica("a"), BudgetSpec("c:1"), a_burst(2)
    asks = [Ask(WORKSPACE, id_, budget) for id_, budget in zip("1234", (free, pair, free, pair), strict=True)]
    assert [answer.wait_us > 0 for answer in await admission.admit(asks)] == [False, False, False, True]


async def test_a_slower_connector_has_its_turn_beside_a_faster_one(deployment: Deployment) -> None:
    admission, slow = await deployment.replica("a"), Ask(WORKSPACE, "slow", a_window(700 * MS), connector_id="slow")
    await one(admission, Ask(WORKSPACE, "0", a_window(100 * MS), connector_id="fast"))
    assert (await one(admission, slow)).verdict is Verdict.GO
    await deployment.outlast(0.1)
    fast = Ask(WORKSPACE, "1", a_window(100 * MS), connector_id="fast")
    assert_waits([await one(admission, fast)], [700 * MS])
    assert let_go([await one(admission, slow)]) == 1


async def test_a_call_takes_its_own_interval_of_a_budget_whoever_asks_next(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    await one(admission, Ask(WORKSPACE, "1", a_window(1000 * MS), connector_id="slow"))
    assert_waits([await one(admission, Ask(WORKSPACE, "2", a_window(100 * MS), connector_id="fast"))], [1000 * MS])
    assert_waits([await one(admission, Ask(WORKSPACE, "3", a_window(1000 * MS), connector_id="slow"))], [1100 * MS])
