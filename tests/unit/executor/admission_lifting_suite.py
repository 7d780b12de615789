"""Whose quiet an upstream has asked for, and what a person does about it; run like `admission_suite`."""

from msgspec.structs import replace

from connector_executor.admission.port import Admission, BudgetSpec, Subject, Tally, Verdict
from connector_executor.policies.quota import Advice
from tests.unit.executor.admission_suite import (
    FAILING,
    MS,
    UPSTREAM,
    WELL,
    WORKSPACE,
    Deployment,
    a_window,
    an_ask,
    an_asker,
    assert_waits,
    one,
    verdicts,
)

FORMER = BudgetSpec("c:1", towards="@former")
OTHER = replace(FORMER, towards="@other")
A_YEAR = Advice("Retry-After: 31536000", 365 * 86_400.0)
SLOW = Advice("RateLimit: limit 1", interval_seconds=86_400.0, ttl_seconds=86_400.0)


async def lifted(admission: Admission, budget: BudgetSpec) -> list[str]:
    return await admission.lift(Subject(WORKSPACE, "c", "k:1@host", budget))


async def test_what_the_former_host_asked_for_does_not_hold_calls_of_another(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    await admission.observe(WORKSPACE, FORMER, A_YEAR)
    await admission.observe(WORKSPACE, FORMER, SLOW)
    assert (await (await an_asker(deployment, "a", FORMER)).one("1")).verdict is Verdict.HELD
    answers = await (await an_asker(deployment, "b", OTHER)).admit("2", "3", "4")
    assert_waits(answers, [0, 0, 0])
    limits = await admission.limits(Subject(WORKSPACE, "c", "", OTHER))
    assert (limits.hold_seconds, limits.hold_source, limits.learned_interval_seconds) == (0, "", 0)


async def test_whoever_goes_back_to_the_former_host_is_held_again(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    await admission.observe(WORKSPACE, FORMER, A_YEAR)
    await admission.observe(WORKSPACE, OTHER, Advice("Retry-After: 0.001", 0.001))
    assert (await (await an_asker(deployment, "a", FORMER)).one("1")).verdict is Verdict.HELD
    assert (await admission.limits(Subject(WORKSPACE, "c", "", FORMER))).hold_source == A_YEAR.source


async def test_the_limit_of_the_budget_holds_wherever_its_calls_go(deployment: Deployment) -> None:
    former, other = replace(a_window(700 * MS), towards="@former"), replace(a_window(700 * MS), towards="@other")
    assert_waits([await (await an_asker(deployment, "a", former)).one("1")], [0])
    assert_waits([await (await an_asker(deployment, "b", other)).one("2")], [700 * MS])


async def test_a_hold_is_lifted_on_every_replica_and_once(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    await admission.observe(WORKSPACE, FORMER, A_YEAR)
    assert await lifted(await deployment.replica("b"), FORMER) == ["rate_limited"]
    assert await lifted(admission, FORMER) == []
    assert_waits([await (await an_asker(deployment, "a", FORMER)).one("1")], [0])
    await admission.observe(WORKSPACE, FORMER, A_YEAR)
    assert (await (await an_asker(deployment, "a", FORMER)).one("2")).verdict is Verdict.HELD, "it was said again"


async def test_a_pace_that_was_learned_is_lifted(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    await admission.observe(WORKSPACE, FORMER, SLOW)
    asker = await an_asker(deployment, "a", FORMER)
    assert verdicts(await asker.admit("1", "2")) == [Verdict.GO, Verdict.LATER]
    assert await lifted(admission, FORMER) == ["rate_limited"]
    assert_waits(await asker.admit("3", "4"), [0, 0])


async def test_lifting_lets_no_more_through_than_the_limit(deployment: Deployment) -> None:
    admission, budget = await deployment.replica("a"), a_window(700 * MS)
    asker = await an_asker(deployment, "a", budget)
    assert_waits([await asker.one("1")], [0])
    await admission.observe(WORKSPACE, budget, A_YEAR)
    assert await lifted(admission, budget) == ["rate_limited"]
    assert_waits(await asker.admit("2", "3"), [700 * MS, 1400 * MS])
    assert await lifted(admission, budget) == []
    assert (await asker.one("4")).verdict is Verdict.LATER


async def test_a_breaker_that_is_lifted_lets_one_call_find_out(deployment: Deployment) -> None:
    admission, other = await deployment.replica("a"), await deployment.replica("b")
    await admission.report([(UPSTREAM, FAILING)])
    assert await admission.lift(UPSTREAM) == ["breaker_open"]
    assert await admission.lift(UPSTREAM) == []
    assert (await one(admission, an_ask("1"))).verdict is Verdict.GO
    assert (await one(other, an_ask("2"))).verdict is Verdict.OPEN
    assert await other.lift(UPSTREAM) == [], "a call is finding out"
    assert (await one(other, an_ask("2"))).verdict is Verdict.OPEN
    await admission.report([(UPSTREAM, WELL)])
    assert (await one(other, an_ask("2"))).verdict is Verdict.GO


async def test_one_that_is_unhealthy_and_lifted_is_tried_by_one_call(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    await admission.report([(UPSTREAM, Tally(alive=2, failed=2))])
    await deployment.outlast(0.2)
    await admission.report([(UPSTREAM, Tally(alive=1, failed=1))])
    assert (await one(admission, an_ask("1"))).verdict is Verdict.UNHEALTHY
    assert await admission.lift(UPSTREAM) == ["unhealthy"]
    assert verdicts(await admission.admit([an_ask("1"), an_ask("2")])) == [Verdict.GO, Verdict.UNHEALTHY]
    (healed,) = await admission.report([(UPSTREAM, WELL)])
    assert healed.healthy


async def test_nothing_of_a_budget_that_nobody_uses_is_lifted(deployment: Deployment) -> None:
    assert await lifted(await deployment.replica("a"), BudgetSpec("c:never")) == []
