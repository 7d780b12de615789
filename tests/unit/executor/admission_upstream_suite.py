"""What the upstream says about its limit, and what its failures do to others; run like `admission_suite`."""

from connector_executor.admission.port import (
    Ask,
    BudgetSpec,
    Queueing,
    Subject,
    Tally,
    Verdict,
)
from connector_executor.policies.quota import Advice
from tests.unit.executor.admission_suite import (
    FAILING,
    MS,
    SECOND,
    SLACK_US,
    UPSTREAM,
    WELL,
    WORKSPACE,
    Deployment,
    a_parkable,
    a_window,
    an_ask,
    an_asker,
    assert_waits,
    one,
    verdicts,
)


async def test_a_hold_moves_every_slot_on_every_replica(deployment: Deployment) -> None:
    await (await deployment.replica("a")).observe(WORKSPACE, BudgetSpec("c:1"), Advice("Retry-After", 1.5))
    answer = await (await an_asker(deployment, "b")).one("1")
    assert_waits([answer], [1500 * MS])


async def test_a_hold_beyond_the_horizon_puts_off(deployment: Deployment) -> None:
    await (await deployment.replica("a")).observe(WORKSPACE, BudgetSpec("c:1"), Advice("Retry-After", 60))
    answer = await (await an_asker(deployment)).one("1")
    assert answer.verdict is Verdict.HELD
    assert 60 * SECOND - SLACK_US <= answer.wait_us <= 60 * SECOND


async def test_a_hold_is_never_shortened(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    await admission.observe(WORKSPACE, BudgetSpec("c:1"), Advice("Retry-After", 60))
    await admission.observe(WORKSPACE, BudgetSpec("c:1"), Advice("Retry-After", 0.001))
    assert (await (await an_asker(deployment)).one("1")).wait_us > 59 * SECOND


async def test_a_hold_concerns_its_own_budget_and_workspace(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    await admission.observe(WORKSPACE, BudgetSpec("c:other"), Advice("Retry-After", 60))
    await admission.observe("w2", BudgetSpec("c:1"), Advice("Retry-After", 60.0))
    assert_waits([await (await an_asker(deployment)).one("1")], [0])


async def test_a_learned_limit_slows_every_replica_down(deployment: Deployment) -> None:
    admission, budget = await deployment.replica("a"), a_window(100 * MS)
    await admission.observe(WORKSPACE, budget, Advice("X-RateLimit", interval_seconds=0.7, ttl_seconds=30))
    other = await deployment.replica("b")
    answers = await other.admit([Ask(WORKSPACE, id_, budget) for id_ in "123"])
    assert [answer.wait_us for answer in answers] == [0, 700 * MS, 1400 * MS]
    limits = await other.limits(Subject(WORKSPACE, "c", "", budget))
    assert (limits.learned_interval_seconds, limits.learned_source) == (0.7, "X-RateLimit")


async def test_what_was_learned_is_forgotten_in_time(deployment: Deployment) -> None:
    admission, budget = await deployment.replica("a"), a_window(100 * MS)
    await admission.observe(WORKSPACE, budget, Advice("X-RateLimit", interval_seconds=5.0, ttl_seconds=0.1))
    await deployment.outlast(0.2)
    answers = await admission.admit([Ask(WORKSPACE, id_, budget) for id_ in "12"])
    assert [answer.wait_us for answer in answers] == [0, 100 * MS]


async def test_refusals_without_a_time_hold_longer_each_time_and_space_calls_wider(deployment: Deployment) -> None:
    admission, budget = await deployment.replica("a"), a_window(1000 * MS)
    subject, refused = Subject(WORKSPACE, "c", "", budget), Advice("429 without a time", -1.0)
    await admission.observe(WORKSPACE, budget, refused)
    await admission.observe(WORKSPACE, budget, refused)
    first = await admission.limits(subject)
    assert 0.7 < first.hold_seconds <= 1.0, "refused twice at once is refused once"
    assert first.learned_interval_seconds == 1.5
    await deployment.outlast(1.0)
    await admission.observe(WORKSPACE, budget, refused)
    second = await admission.limits(subject)
    assert 1.7 < second.hold_seconds <= 2.0
    assert second.learned_interval_seconds == 2.25


async def test_the_source_of_a_hold_is_told(deployment: Deployment) -> None:
    admission, budget = await deployment.replica("a"), BudgetSpec("c:1")
    await admission.observe(WORKSPACE, budget, Advice("Retry-After: 60", 60.0))
    limits = await admission.limits(Subject(WORKSPACE, "c", "", budget))
    assert limits.hold_source == "Retry-After: 60"
    assert 59 < limits.slot_seconds <= 60


async def test_a_breaker_opens_when_enough_calls_fail_and_stops_every_replica(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    await admission.report([(UPSTREAM, Tally(failing=3, failed=3))])
    assert (await one(admission, an_ask("1"))).verdict is Verdict.GO
    await admission.report([(UPSTREAM, Tally(failing=1, failed=1))])
    answer = await one(await deployment.replica("b"), an_ask("2"))
    assert answer.verdict is Verdict.OPEN
    assert 0 < answer.wait_us <= 300 * MS


async def test_a_breaker_stays_closed_below_its_rate(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    await admission.report([(UPSTREAM, Tally(alive=6, failing=5, succeeded=6, failed=5))])
    assert (await one(admission, an_ask("1"))).verdict is Verdict.GO
    limits = await admission.limits(UPSTREAM)
    assert (limits.breaker, limits.breaker_calls, limits.breaker_failures) == ("closed", 11, 5)


async def test_a_half_open_breaker_admits_one_probe(deployment: Deployment) -> None:
    admission, other = await deployment.replica("a"), await deployment.replica("b")
    await admission.report([(UPSTREAM, FAILING)])
    await deployment.outlast(0.3)
    assert (await admission.limits(UPSTREAM)).breaker == "half-open"
    assert (await one(admission, an_ask("1"))).verdict is Verdict.GO
    assert (await one(other, an_ask("2"))).verdict is Verdict.OPEN
    assert (await one(other, an_ask("3", connector_id="another"))).verdict is Verdict.OPEN
    await admission.report([(UPSTREAM, WELL)])
    assert verdicts(await other.admit([an_ask("2"), an_ask("3")])) == [Verdict.GO, Verdict.GO]


async def test_a_probe_that_fails_opens_the_breaker_for_longer(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    await admission.report([(UPSTREAM, FAILING)])
    await deployment.outlast(0.3)
    assert (await one(admission, an_ask("1"))).verdict is Verdict.GO
    await admission.report([(UPSTREAM, Tally(failing=1, failed=1))])
    answer = await one(admission, an_ask("2"))
    assert answer.verdict is Verdict.OPEN
    assert 300 * MS < answer.wait_us <= 600 * MS


async def test_a_probe_whose_caller_died_is_followed_by_another(deployment: Deployment) -> None:
    await (await deployment.replica("a")).report([(UPSTREAM, FAILING)])
    await deployment.outlast(0.3)
    assert (await one(await deployment.replica("a"), an_ask("1"))).verdict is Verdict.GO
    await deployment.outlast(0.3)
    assert (await one(await deployment.replica("b"), an_ask("2"))).verdict is Verdict.GO


async def test_an_open_breaker_takes_no_slot_and_parks(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    await admission.report([(UPSTREAM, FAILING)])
    assert (await one(admission, an_ask("1", Queueing.PARKS))).verdict is Verdict.OPEN
    assert (await one(admission, an_ask("1", Queueing.PARKS))).verdict is Verdict.PARKED
    assert (await admission.limits(UPSTREAM)).slot_seconds == 0


async def test_another_credential_of_the_same_host_has_its_own_breaker(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    await admission.report([(UPSTREAM, FAILING)])
    other = Ask(WORKSPACE, "1", BudgetSpec("c:1"), 1, True, "c", "k:2@host")
    assert (await one(admission, other)).verdict is Verdict.GO


async def test_only_failures_for_long_make_a_connector_unhealthy_and_one_success_heals_it(
    deployment: Deployment,
) -> None:
    admission = await deployment.replica("a")
    refusing = Tally(alive=1, failed=1)
    assert await admission.report([(UPSTREAM, Tally(alive=2, failed=2))]) == []
    await deployment.outlast(0.2)
    (change,) = await admission.report([(UPSTREAM, refusing)])
    assert (change.connector_id, change.healthy) == ("c", False)
    assert change.failing_seconds >= 0.2
    assert await admission.report([(UPSTREAM, refusing)]) == [], "it is told once"
    assert (await one(admission, an_ask("1"))).verdict is Verdict.UNHEALTHY
    assert (await one(admission, an_ask("2", connector_id="another"))).verdict is Verdict.GO
    assert 0 < (await admission.limits(UPSTREAM)).unhealthy_seconds <= 0.5
    await deployment.outlast(0.5)
    assert verdicts(await admission.admit([an_ask("1"), an_ask("3")])) == [Verdict.GO, Verdict.UNHEALTHY]
    (healed,) = await admission.report([(UPSTREAM, WELL)])
    assert healed.healthy
    assert (await one(admission, an_ask("3"))).verdict is Verdict.GO


async def test_a_probe_that_reserves_again_is_still_the_probe(deployment: Deployment) -> None:
    """Its slot is moved by a hold: it must not be refused for the time of its own probe."""
    admission, budget = await deployment.replica("a"), a_window(300 * MS)
    subject = Subject(WORKSPACE, "c", "k:1@host", budget)
    await admission.report([(subject, Tally(alive=2, failed=2))])
    await deployment.outlast(0.2)
    assert len(await admission.report([(subject, Tally(alive=1, failed=1))])) == 1
    await admission.admit([a_parkable("0", budget, connector_id="another")])
    await deployment.outlast(0.5)
    await admission.admit([a_parkable("1", budget, connector_id="another")])
    probe = a_parkable("2", budget)
    assert (await one(admission, probe)).wait_us > 0
    await admission.observe(WORKSPACE, budget, Advice("Retry-After: 1", 0.8))
    await deployment.outlast(0.3)
    answer = await one(admission, probe)
    assert answer.verdict is Verdict.GO
    assert answer.wait_us > 0


async def test_a_single_success_between_forgives_all_failures(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    await admission.report([(UPSTREAM, Tally(alive=5, failed=5))])
    await deployment.outlast(0.2)
    await admission.report([(UPSTREAM, WELL)])
    assert await admission.report([(UPSTREAM, Tally(alive=5, failed=5))]) == []
