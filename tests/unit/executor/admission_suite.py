"""What every admission must do; run against the in-memory twin and against real Redis.

Tests take a `deployment`, which makes replicas on one shared store and moves that store's time forward.
Waits are compared with a slack, because a real server's clock runs on between two questions.
"""

from dataclasses import dataclass, field
from typing import Protocol

import pytest

from connector_executor.admission.port import Admission, Admitted, Ask, BudgetSpec, Completion, Verdict

WORKSPACE = "w1"
LEASE_SECONDS = 0.4
HORIZON_SECONDS = 2.0
MS = 1000
SECOND = 1_000_000
SLACK_US = 250 * MS
"""How much later than the ideal a real server may be asked: far below the intervals in use."""


class Deployment(Protocol):
    """Replicas that share a store. `outlast` returns when so much of the store's time has gone by."""

    def replica(self, owner: str) -> Admission: ...

    async def outlast(self, seconds: float) -> None: ...


@dataclass
class Asker:
    """One replica asking about executions of one budget."""

    admission: Admission
    budget: BudgetSpec = field(default_factory=lambda: BudgetSpec("c:1"))

    def ask(
        self, execution_id: str, *, attempt: int = 1, repeatable: bool = False, workspace_id: str = WORKSPACE
    ) -> Ask:
        return Ask(workspace_id, execution_id, self.budget, attempt, repeatable)

    async def admit(self, *execution_ids: str, attempt: int = 1, repeatable: bool = False) -> list[Admitted]:
        asks = [self.ask(id_, attempt=attempt, repeatable=repeatable) for id_ in execution_ids]
        return await self.admission.admit(asks)

    async def one(self, execution_id: str, *, attempt: int = 1, repeatable: bool = False) -> Admitted:
        (answer,) = await self.admit(execution_id, attempt=attempt, repeatable=repeatable)
        return answer

    async def complete(self, execution_id: str, result: bytes) -> bytes | None:
        (answer,) = await self.admission.complete([Completion(self.ask(execution_id), result)])
        return answer

    async def release(self, execution_id: str) -> None:
        await self.admission.release([self.ask(execution_id)])

    async def renew(self, execution_id: str) -> None:
        await self.admission.renew([self.ask(execution_id)])

    async def settle(self, execution_id: str) -> None:
        await self.admission.settle([(WORKSPACE, execution_id)])


def an_asker(deployment: Deployment, owner: str = "a", budget: BudgetSpec | None = None) -> Asker:
    return Asker(deployment.replica(owner), budget or BudgetSpec("c:1"))


def a_window(interval_us: int, tolerance_us: int = 0, *, weight: int = 1, concurrent: int = 0) -> BudgetSpec:
    return BudgetSpec("c:1", ((interval_us, tolerance_us),), weight, concurrent)


def verdicts(answers: list[Admitted]) -> list[Verdict]:
    return [answer.verdict for answer in answers]


def assert_waits(answers: list[Admitted], ideal_us: list[int]) -> None:
    """Every slot is its ideal one, at most SLACK_US nearer because time went by before the question."""
    assert verdicts(answers) == [Verdict.GO] * len(ideal_us)
    for answer, ideal in zip(answers, ideal_us, strict=True):
        assert max(0, ideal - SLACK_US) <= answer.wait_us <= ideal


async def test_without_a_limit_everything_goes_at_once(deployment: Deployment) -> None:
    assert_waits(await an_asker(deployment).admit("1", "2", "3"), [0, 0, 0])


async def test_an_empty_batch_has_no_answers(deployment: Deployment) -> None:
    assert await deployment.replica("a").admit([]) == []
    assert await deployment.replica("a").complete([]) == []


async def test_slots_of_one_window_are_an_interval_apart(deployment: Deployment) -> None:
    answers = await an_asker(deployment, budget=a_window(500 * MS)).admit("1", "2", "3", "4")
    assert [answer.wait_us for answer in answers] == [0, 500 * MS, SECOND, 1500 * MS]


async def test_slots_stay_spaced_over_several_questions(deployment: Deployment) -> None:
    asker = an_asker(deployment, budget=a_window(600 * MS))
    answers = [await asker.one(execution_id) for execution_id in ("1", "2", "3")]
    assert_waits(answers, [0, 600 * MS, 1200 * MS])


async def test_of_two_windows_the_stricter_one_decides(deployment: Deployment) -> None:
    burst_then_slow = BudgetSpec("c:1", ((100 * MS, 0), (700 * MS, 700 * MS)))
    answers = await an_asker(deployment, budget=burst_then_slow).admit("1", "2", "3", "4")
    assert [answer.wait_us for answer in answers] == [0, 100 * MS, 700 * MS, 1400 * MS]


async def test_a_weight_takes_as_many_intervals(deployment: Deployment) -> None:
    answers = await an_asker(deployment, budget=a_window(200 * MS, weight=3)).admit("1", "2", "3")
    assert [answer.wait_us for answer in answers] == [0, 600 * MS, 1200 * MS]


async def test_a_tolerance_lets_a_burst_through(deployment: Deployment) -> None:
    answers = await an_asker(deployment, budget=a_window(400 * MS, 800 * MS)).admit("1", "2", "3", "4", "5")
    assert [answer.wait_us for answer in answers] == [0, 0, 0, 400 * MS, 800 * MS]


async def test_a_slot_beyond_the_horizon_takes_nothing(deployment: Deployment) -> None:
    asker = an_asker(deployment, budget=a_window(1500 * MS))
    first = await asker.admit("1", "2", "3", "4")
    assert verdicts(first) == [Verdict.GO, Verdict.GO, Verdict.LATER, Verdict.LATER]
    assert [answer.wait_us for answer in first[2:]] == [3 * SECOND, 3 * SECOND]
    from_elsewhere = await Asker(deployment.replica("b"), asker.budget).one("3")
    assert from_elsewhere.verdict is Verdict.LATER
    assert 3 * SECOND - SLACK_US <= from_elsewhere.wait_us <= 3 * SECOND


async def test_what_was_put_off_gets_its_slot_when_time_has_come(deployment: Deployment) -> None:
    asker = an_asker(deployment, budget=a_window(1100 * MS))
    assert verdicts(await asker.admit("1", "2", "3")) == [Verdict.GO, Verdict.GO, Verdict.LATER]
    await deployment.outlast(0.25)
    assert (await asker.one("3")).verdict is Verdict.GO


async def test_asking_again_for_the_same_attempt_gives_the_same_slot(deployment: Deployment) -> None:
    asker = an_asker(deployment, budget=a_window(800 * MS))
    await asker.admit("1", "2")
    assert_waits([await asker.one("2")], [800 * MS])
    assert_waits([await asker.one("3")], [1600 * MS])


async def test_a_higher_attempt_gets_a_new_slot(deployment: Deployment) -> None:
    asker = an_asker(deployment, budget=a_window(800 * MS))
    await asker.one("1")
    assert_waits([await asker.one("1", attempt=2)], [800 * MS])
    assert_waits([await asker.one("1", attempt=2)], [800 * MS])
    assert_waits([await asker.one("1", attempt=1)], [800 * MS])


async def test_a_completed_execution_gives_its_result(deployment: Deployment) -> None:
    asker, result = an_asker(deployment), '{"ok":"ja, süß"}'.encode()
    await asker.one("1")
    assert await asker.complete("1", result) == result
    assert await asker.one("1") == Admitted(Verdict.DONE, result=result)
    assert await asker.one("1", attempt=2) == Admitted(Verdict.DONE, result=result)
    assert await an_asker(deployment, "b").one("1") == Admitted(Verdict.DONE, result=result)


async def test_the_first_result_kept_wins(deployment: Deployment) -> None:
    asker = an_asker(deployment)
    await asker.one("1")
    await asker.complete("1", b"first")
    assert await an_asker(deployment, "b").complete("1", b"second") == b"first"
    assert (await asker.one("1")).result == b"first"


async def test_a_result_without_a_claim_is_kept_too(deployment: Deployment) -> None:
    asker = an_asker(deployment)
    assert await asker.complete("1", b"result") == b"result"
    assert await asker.one("1") == Admitted(Verdict.DONE, result=b"result")


async def test_a_settled_execution_is_a_repeat_to_drop(deployment: Deployment) -> None:
    asker = an_asker(deployment)
    await asker.one("1")
    await asker.complete("1", b"result")
    await asker.settle("1")
    assert await asker.one("1") == Admitted(Verdict.SETTLED)
    assert await an_asker(deployment, "b").one("1", repeatable=True) == Admitted(Verdict.SETTLED)
    assert await asker.complete("1", b"again") is None


async def test_settling_needs_no_claim(deployment: Deployment) -> None:
    asker = an_asker(deployment)
    await asker.settle("1")
    assert await asker.one("1") == Admitted(Verdict.SETTLED)


@pytest.mark.parametrize("repeatable", [False, True])
async def test_another_owner_waits_for_the_lease(deployment: Deployment, repeatable: bool) -> None:
    await an_asker(deployment, "a").one("1", repeatable=repeatable)
    answer = await an_asker(deployment, "b").one("1", repeatable=repeatable)
    assert answer.verdict is Verdict.RUNNING
    assert 0 < answer.wait_us <= LEASE_SECONDS * SECOND


async def test_after_the_lease_a_call_that_may_do_harm_stays_unknown(deployment: Deployment) -> None:
    await an_asker(deployment, "a").one("1")
    await deployment.outlast(LEASE_SECONDS)
    other = an_asker(deployment, "b")
    assert await other.one("1") == Admitted(Verdict.UNKNOWN)
    assert await other.one("1") == Admitted(Verdict.UNKNOWN), "the first answer may have been lost"


async def test_after_the_lease_a_repeatable_call_goes_to_the_next_owner(deployment: Deployment) -> None:
    await an_asker(deployment, "a").one("1", repeatable=True)
    await deployment.outlast(LEASE_SECONDS)
    assert (await an_asker(deployment, "b").one("1", repeatable=True)).verdict is Verdict.GO
    assert (await an_asker(deployment, "a").one("1", repeatable=True)).verdict is Verdict.RUNNING


async def test_a_lease_begins_at_the_slot(deployment: Deployment) -> None:
    budget = a_window(1500 * MS)
    await an_asker(deployment, "a", budget).admit("1", "2")
    await deployment.outlast(LEASE_SECONDS)
    answer = await an_asker(deployment, "b", budget).one("2")
    assert answer.verdict is Verdict.RUNNING
    assert answer.wait_us > 700 * MS


async def test_renewing_extends_the_lease_of_its_owner_only(deployment: Deployment) -> None:
    asker, other = an_asker(deployment, "a"), an_asker(deployment, "b")
    await asker.admit("1", "2")
    await deployment.outlast(LEASE_SECONDS)
    await asker.renew("1")
    await other.renew("2")
    assert (await other.one("1")).verdict is Verdict.RUNNING
    assert (await other.one("2")).verdict is Verdict.UNKNOWN


async def test_a_release_gives_the_claim_and_the_place_back(deployment: Deployment) -> None:
    budget = BudgetSpec("c:1", max_concurrent=1)
    asker, other = an_asker(deployment, "a", budget), an_asker(deployment, "b", budget)
    await asker.one("1")
    assert (await other.one("2")).verdict is Verdict.BUSY
    await asker.release("1")
    assert (await other.one("1")).verdict is Verdict.GO


async def test_only_the_owner_can_release(deployment: Deployment) -> None:
    budget = BudgetSpec("c:1", max_concurrent=1)
    asker, other = an_asker(deployment, "a", budget), an_asker(deployment, "b", budget)
    await asker.one("1")
    await other.release("1")
    assert (await other.one("1")).verdict is Verdict.RUNNING
    assert (await other.one("2")).verdict is Verdict.BUSY


async def test_a_result_is_never_released(deployment: Deployment) -> None:
    asker = an_asker(deployment)
    await asker.one("1")
    await asker.complete("1", b"result")
    await asker.release("1")
    assert (await asker.one("1")).verdict is Verdict.DONE


async def test_no_more_than_the_concurrency_is_in_flight(deployment: Deployment) -> None:
    asker = an_asker(deployment, budget=BudgetSpec("c:1", max_concurrent=2))
    answers = await asker.admit("1", "2", "3")
    assert verdicts(answers) == [Verdict.GO, Verdict.GO, Verdict.BUSY]
    assert answers[2].wait_us > 0
    await asker.complete("1", b"result")
    assert verdicts(await asker.admit("3", "4")) == [Verdict.GO, Verdict.BUSY]


async def test_a_refusal_for_concurrency_takes_no_slot(deployment: Deployment) -> None:
    asker = an_asker(deployment, budget=a_window(800 * MS, concurrent=1))
    assert verdicts(await asker.admit("1", "2", "3")) == [Verdict.GO, Verdict.BUSY, Verdict.BUSY]
    await asker.release("1")
    assert_waits([await asker.one("2")], [800 * MS])


async def test_another_attempt_keeps_its_place(deployment: Deployment) -> None:
    asker = an_asker(deployment, budget=BudgetSpec("c:1", max_concurrent=1))
    await asker.one("1")
    assert (await asker.one("1", attempt=2)).verdict is Verdict.GO


async def test_places_of_a_lost_owner_come_back(deployment: Deployment) -> None:
    budget = BudgetSpec("c:1", max_concurrent=1)
    await an_asker(deployment, "a", budget).one("1")
    await deployment.outlast(LEASE_SECONDS + HORIZON_SECONDS)
    assert (await an_asker(deployment, "b", budget).one("2")).verdict is Verdict.GO


async def test_renewing_what_is_complete_takes_no_place(deployment: Deployment) -> None:
    asker = an_asker(deployment, budget=BudgetSpec("c:1", max_concurrent=1))
    await asker.one("1")
    await asker.complete("1", b"result")
    await asker.renew("1")
    assert (await asker.one("2")).verdict is Verdict.GO


async def test_a_hold_moves_every_slot_on_every_replica(deployment: Deployment) -> None:
    await deployment.replica("a").hold(WORKSPACE, "c:1", 1.5)
    answer = await an_asker(deployment, "b").one("1")
    assert_waits([answer], [1500 * MS])


async def test_a_hold_beyond_the_horizon_puts_off(deployment: Deployment) -> None:
    await deployment.replica("a").hold(WORKSPACE, "c:1", 60)
    answer = await an_asker(deployment).one("1")
    assert answer.verdict is Verdict.LATER
    assert 60 * SECOND - SLACK_US <= answer.wait_us <= 60 * SECOND


async def test_a_hold_is_never_shortened(deployment: Deployment) -> None:
    admission = deployment.replica("a")
    await admission.hold(WORKSPACE, "c:1", 60)
    await admission.hold(WORKSPACE, "c:1", 0.001)
    assert (await an_asker(deployment).one("1")).wait_us > 59 * SECOND


async def test_a_hold_concerns_its_own_budget_and_workspace(deployment: Deployment) -> None:
    admission = deployment.replica("a")
    await admission.hold(WORKSPACE, "c:other", 60)
    await admission.hold("w2", "c:1", 60)
    assert_waits([await an_asker(deployment).one("1")], [0])


async def test_two_owners_share_one_budget(deployment: Deployment) -> None:
    budget = a_window(600 * MS)
    asker, other = an_asker(deployment, "a", budget), an_asker(deployment, "b", budget)
    answers = [await asker.one("1"), await other.one("2"), await asker.one("3")]
    assert_waits(answers, [0, 600 * MS, 1200 * MS])


async def test_the_same_execution_id_in_another_workspace_is_another_execution(deployment: Deployment) -> None:
    asker = an_asker(deployment)
    await asker.one("1")
    await asker.complete("1", b"result")
    elsewhere = asker.ask("1", workspace_id="w2")
    assert verdicts(await asker.admission.admit([elsewhere])) == [Verdict.GO]


async def test_a_batch_may_name_an_execution_twice(deployment: Deployment) -> None:
    answers = await an_asker(deployment, budget=a_window(500 * MS)).admit("1", "1", "2")
    assert [answer.wait_us for answer in answers] == [0, 0, 500 * MS]


async def test_it_says_that_it_is_there(deployment: Deployment) -> None:
    await deployment.replica("a").check()
