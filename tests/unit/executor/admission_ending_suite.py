"""The part of the admission suite about executions that end without a call: out of a backlog, in the dead letters."""

import pytest
from msgspec.structs import replace as replaced

from connector_executor.admission.port import Ask, BudgetSpec, Completion, Ended, Queueing, Tally, Verdict
from connector_executor.policies.quota import Advice
from tests.unit.executor.admission_suite import (
    FAILING,
    LEASE_SECONDS,
    SECOND,
    UPSTREAM,
    WORKSPACE,
    Deployment,
    a_window,
    an_ask,
    one,
    ready,
    verdicts,
)

BUDGET = BudgetSpec("c:1")


def an_end(id_: str, *, attempt: int = 1, repeatable: bool = False, handed_under: tuple[str, ...] = ()) -> Ask:
    return Ask(WORKSPACE, id_, BUDGET, attempt, repeatable, "c", "k:1@host", Queueing.ENDS, handed_under=handed_under)


def a_drained(id_: str, budget: BudgetSpec = BUDGET, *, attempt: int = 1, repeatable: bool = False) -> Ask:
    return Ask(WORKSPACE, id_, budget, attempt, repeatable, "c", "k:1@host", Queueing.DRAINED)


async def test_what_never_ran_may_be_ended_without_slot_breaker_or_place(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    await admission.observe(WORKSPACE, BUDGET, Advice("Retry-After", 60))
    await admission.report([(UPSTREAM, FAILING)])
    await one(admission, Ask(WORKSPACE, "1", BUDGET, queueing=Queueing.PARKS))
    answers = await admission.admit([an_end("1"), an_end("2")])
    assert verdicts(answers) == [Verdict.GO, Verdict.GO]
    assert [answer.wait_us for answer in answers] == [0, 0]
    assert (await one(admission, an_end("1"))).verdict is Verdict.GO, "asked again after a lost reply"


def a_failure(id_: str, *, repeatable: bool = False) -> Ask:
    return replaced(an_end(id_, repeatable=repeatable), queueing=Queueing.FAILS)


@pytest.mark.parametrize("repeatable", [False, True])
async def test_who_is_to_be_told_that_it_is_not_called_waits_for_what_runs(
    deployment: Deployment, repeatable: bool
) -> None:
    first, second = await deployment.replica("a"), await deployment.replica("b")
    running = Ask(WORKSPACE, "1", BUDGET, repeatable=repeatable)
    await one(first, running)
    assert (await one(second, a_failure("1", repeatable=repeatable))).verdict is Verdict.RUNNING
    assert (await one(first, a_failure("1", repeatable=repeatable))).verdict is Verdict.RUNNING
    await first.complete([Completion(running, b"called")])
    answer = await one(second, a_failure("1", repeatable=repeatable))
    assert (answer.verdict, answer.result) == (Verdict.DONE, b"called")
    await second.settle([Ended(WORKSPACE, "1")])
    assert (await one(second, a_failure("1", repeatable=repeatable))).verdict is Verdict.SETTLED


async def test_what_is_parked_is_ended_by_no_caller(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    await one(admission, Ask(WORKSPACE, "1", BUDGET))
    await admission.park([Ask(WORKSPACE, "1", BUDGET)])
    assert (await one(admission, a_failure("1"))).verdict is Verdict.PARKED
    assert (await one(admission, a_drained("1"))).verdict is Verdict.GO


async def test_who_is_told_that_it_is_not_called_takes_neither_slot_nor_place(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    await admission.observe(WORKSPACE, BUDGET, Advice("Retry-After", 60))
    await admission.report([(UPSTREAM, FAILING)])
    assert (await one(admission, a_failure("1"))).verdict is Verdict.GO
    assert (await one(await deployment.replica("b"), Ask(WORKSPACE, "1", BUDGET))).verdict is Verdict.RUNNING


async def test_what_is_about_to_be_ended_is_called_by_nobody(deployment: Deployment) -> None:
    first, second = await deployment.replica("a"), await deployment.replica("b")
    await one(first, an_end("1"))
    answer = await one(second, a_drained("1"))
    assert answer.verdict is Verdict.RUNNING
    assert answer.wait_us <= SECOND, "it is soon done"
    assert (await one(second, an_end("1"))).verdict is Verdict.RUNNING
    await deployment.outlast(LEASE_SECONDS + 0.1)
    assert (await one(second, an_end("1"))).verdict is Verdict.GO, "whoever died with it has called nothing"
    await second.complete([Completion(an_end("1"), b"ended")])
    assert (await one(first, a_drained("1"))).result == b"ended"


async def test_what_is_about_to_be_ended_is_not_called_by_its_own_process_either(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    await one(admission, an_end("1"))
    again = Ask(WORKSPACE, "1", BUDGET, queueing=Queueing.PARKS)
    assert (await one(admission, again)).verdict is Verdict.RUNNING, "its record may come again meanwhile"
    await admission.complete([Completion(an_end("1"), b"ended")])
    assert (await one(admission, again)).result == b"ended"


@pytest.mark.parametrize("by", ["a", "b"])
async def test_what_waits_for_its_slot_is_not_ended_under_it(deployment: Deployment, by: str) -> None:
    admission, budget = await deployment.replica("a"), a_window(SECOND // 2)
    await admission.admit([Ask(WORKSPACE, id_, budget, queueing=Queueing.PARKS) for id_ in "01"])
    assert (await one(await deployment.replica(by), an_end("1"))).verdict is Verdict.RUNNING


@pytest.mark.parametrize("by", ["a", "b"])
async def test_what_runs_is_waited_for(deployment: Deployment, by: str) -> None:
    await one(await deployment.replica("a"), a_drained("1"))
    answer = await one(await deployment.replica(by), an_end("1"))
    assert answer.verdict is Verdict.RUNNING
    assert 0 < answer.wait_us <= LEASE_SECONDS * SECOND


async def test_what_waits_for_its_slot_elsewhere_is_waited_for_and_then_has_called_nothing(
    deployment: Deployment,
) -> None:
    first, second = await deployment.replica("a"), await deployment.replica("b")
    budget = a_window(SECOND // 2)
    await first.admit([a_drained("0", budget), a_drained("1", budget)])
    assert (await one(second, an_end("1"))).verdict is Verdict.RUNNING
    await deployment.outlast(0.5 + LEASE_SECONDS + 0.1)
    assert (await one(second, an_end("1"))).verdict is Verdict.GO


async def test_what_has_an_outcome_keeps_it(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    await admission.complete([Completion(a_drained("1"), b"answered")])
    done = await one(await deployment.replica("b"), an_end("1"))
    assert (done.verdict, done.result) == (Verdict.DONE, b"answered")
    await admission.settle([Ended(WORKSPACE, "1")])
    assert (await one(admission, an_end("1"))).verdict is Verdict.SETTLED


@pytest.mark.parametrize(("repeatable", "verdict"), [(False, Verdict.UNKNOWN), (True, Verdict.GO)])
async def test_a_call_whose_caller_is_gone_is_unknown_where_it_may_have_done_something(
    deployment: Deployment, repeatable: bool, verdict: Verdict
) -> None:
    await one(await deployment.replica("a"), a_drained("1", repeatable=repeatable))
    await deployment.outlast(LEASE_SECONDS + 0.1)
    other = await deployment.replica("b")
    assert (await one(other, an_end("1", repeatable=repeatable))).verdict is verdict
    assert (await one(other, an_end("1", repeatable=repeatable))).verdict is verdict


async def test_what_may_have_run_before_the_store_forgot_is_unknown(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    lost = admission.generation
    await deployment.forget_everything()
    await admission.join()
    await ready(admission)
    assert (await one(admission, an_end("1", handed_under=(lost,)))).verdict is Verdict.UNKNOWN
    assert (await one(admission, an_end("2", handed_under=(admission.generation,)))).verdict is Verdict.GO


async def test_what_is_dead_lettered_can_be_replayed(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    await admission.admit([an_end("1"), an_end("2")])
    await one(admission, an_ask("3"))
    await admission.park([an_ask("3")])
    await admission.forget_dead([(WORKSPACE, id_) for id_ in ("1", "2", "3", "unheard of")])
    other = await deployment.replica("b")
    replays = [Ask(WORKSPACE, id_, BUDGET, queueing=Queueing.WAITS) for id_ in "123"]
    assert verdicts(await other.admit(replays)) == [Verdict.GO] * 3


async def test_forgetting_the_dead_forgets_nothing_that_runs_or_has_ended(deployment: Deployment) -> None:
    first, second = await deployment.replica("a"), await deployment.replica("b")
    await first.admit([a_drained("ours"), a_drained("done"), a_drained("settled")])
    await second.admit([a_drained("theirs"), an_end("ending")])
    await first.complete([Completion(a_drained("done"), b"result")])
    await first.settle([Ended(WORKSPACE, "settled")])
    ids = ["ours", "done", "settled", "theirs", "ending"]
    await first.forget_dead([(WORKSPACE, id_) for id_ in ids])
    third = await deployment.replica("c")
    assert verdicts(await third.admit([a_drained(id_) for id_ in ids])) == [
        Verdict.RUNNING,
        Verdict.DONE,
        Verdict.SETTLED,
        Verdict.RUNNING,
        Verdict.RUNNING,
    ]


async def half_open(deployment: Deployment) -> None:
    await (await deployment.replica("a")).report([(UPSTREAM, FAILING)])
    await deployment.outlast(0.3)


async def test_a_probe_that_ended_without_a_call_is_another_s(deployment: Deployment) -> None:
    await half_open(deployment)
    admission = await deployment.replica("a")
    assert verdicts(await admission.admit([an_ask("1"), an_ask("2")])) == [Verdict.GO, Verdict.OPEN]
    await admission.report([(UPSTREAM, Tally(uncalled=["another"]))])
    assert (await one(admission, an_ask("2"))).verdict is Verdict.OPEN
    await admission.report([(UPSTREAM, Tally(uncalled=["1"]))])
    assert verdicts(await admission.admit([an_ask("2"), an_ask("3")])) == [Verdict.GO, Verdict.OPEN]


async def test_a_probe_that_is_released_is_another_s(deployment: Deployment) -> None:
    await half_open(deployment)
    admission = await deployment.replica("a")
    assert (await one(admission, an_ask("1"))).verdict is Verdict.GO
    await admission.release([an_ask("1")])
    assert (await one(admission, an_ask("2"))).verdict is Verdict.GO


async def test_a_probe_whose_slot_has_moved_too_far_is_another_s(deployment: Deployment) -> None:
    await half_open(deployment)
    admission = await deployment.replica("a")
    assert (await one(admission, an_ask("1", Queueing.DRAINED))).verdict is Verdict.GO
    await admission.observe(WORKSPACE, BUDGET, Advice("Retry-After", 60))
    held = await one(admission, an_ask("1", Queueing.DRAINED))
    assert (held.verdict, held.wait_us > 50 * SECOND) == (Verdict.HELD, True)
    other = Ask(WORKSPACE, "2", BudgetSpec("c:2"), 1, True, "c2", "k:1@host")
    assert (await one(admission, other)).verdict is Verdict.GO


async def test_the_probe_of_an_unhealthy_connector_that_made_no_call_is_another_s(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    await admission.report([(UPSTREAM, Tally(alive=2, failed=2))])
    await deployment.outlast(0.2)
    await admission.report([(UPSTREAM, Tally(alive=1, failed=1))])
    await deployment.outlast(0.5)
    assert verdicts(await admission.admit([an_ask("1"), an_ask("2")])) == [Verdict.GO, Verdict.UNHEALTHY]
    await admission.report([(UPSTREAM, Tally(uncalled=["1"]))])
    assert verdicts(await admission.admit([an_ask("2"), an_ask("3")])) == [Verdict.GO, Verdict.UNHEALTHY]
    await admission.release([an_ask("2")])
    assert verdicts(await admission.admit([an_ask("3"), an_ask("4")])) == [Verdict.GO, Verdict.UNHEALTHY]
