"""What every admission must do; run against the in-memory twin and against real Redis.

Tests take a `deployment`, which makes replicas on one shared store and moves that store's time forward.
Waits are compared with a slack, because a real server's clock runs on between two questions.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Protocol

import pytest

from connector_executor.admission.port import (
    Admission,
    Admitted,
    Ask,
    BreakerPolicy,
    BudgetSpec,
    Claimed,
    Completion,
    Ended,
    Position,
    Queueing,
    Subject,
    Tally,
    Verdict,
)
from connector_executor.policies.quota import Advice

WORKSPACE = "w1"
LEASE_SECONDS = 0.4
SETTLING_SECONDS = 0.3
HORIZON_SECONDS = 2.0
DRAIN_HORIZON_SECONDS = 1.0
BREAKERS = BreakerPolicy(
    window_seconds=60.0,
    min_calls=4,
    failure_rate=0.5,
    open_seconds=0.3,
    max_open_seconds=0.6,
    probe_seconds=0.3,
    unhealthy_seconds=0.2,
    unhealthy_failures=3,
    unhealthy_probe_seconds=0.5,
)
POSITION = Position(5, 1_234_567_890)
MS = 1000
SECOND = 1_000_000
SLACK_US = 250 * MS
"""How much later than the ideal a real server may be asked: far below the intervals in use."""


class Deployment(Protocol):
    """Replicas that share a store. `outlast` returns when so much of the store's time has gone by."""

    async def replica(self, owner: str) -> Admission: ...

    async def outlast(self, seconds: float) -> None: ...

    async def forget_everything(self) -> None: ...

    async def move_to_another_server(self) -> None:
        """Which comes up with a copy of the data."""
        ...


async def ready(admission: Admission, *, since_ms: int | None = 0, lost: bool = False) -> None:
    """The log of results has been read."""
    memory = await admission.look()
    assert memory.ready or (memory.refills and await admission.refilled(since_ms, lost=lost))


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
        await self.admission.renew([Claimed(self.ask(execution_id))])

    async def settle(self, execution_id: str) -> None:
        await self.admission.settle([Ended(WORKSPACE, execution_id, POSITION)])


async def an_asker(deployment: Deployment, owner: str = "a", budget: BudgetSpec | None = None) -> Asker:
    return Asker(await deployment.replica(owner), budget or BudgetSpec("c:1"))


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
    assert_waits(await (await an_asker(deployment)).admit("1", "2", "3"), [0, 0, 0])


async def test_an_empty_batch_has_no_answers(deployment: Deployment) -> None:
    assert await (await deployment.replica("a")).admit([]) == []
    assert await (await deployment.replica("a")).complete([]) == []


async def test_slots_of_one_window_are_an_interval_apart(deployment: Deployment) -> None:
    answers = await (await an_asker(deployment, budget=a_window(500 * MS))).admit("1", "2", "3", "4")
    assert [answer.wait_us for answer in answers] == [0, 500 * MS, SECOND, 1500 * MS]


async def test_slots_stay_spaced_over_several_questions(deployment: Deployment) -> None:
    asker = await an_asker(deployment, budget=a_window(600 * MS))
    answers = [await asker.one(execution_id) for execution_id in ("1", "2", "3")]
    assert_waits(answers, [0, 600 * MS, 1200 * MS])


async def test_of_two_windows_the_stricter_one_decides(deployment: Deployment) -> None:
    burst_then_slow = BudgetSpec("c:1", ((100 * MS, 0), (700 * MS, 700 * MS)))
    answers = await (await an_asker(deployment, budget=burst_then_slow)).admit("1", "2", "3", "4")
    assert [answer.wait_us for answer in answers] == [0, 100 * MS, 700 * MS, 1400 * MS]


async def test_a_weight_takes_as_many_intervals(deployment: Deployment) -> None:
    answers = await (await an_asker(deployment, budget=a_window(200 * MS, weight=3))).admit("1", "2", "3")
    assert [answer.wait_us for answer in answers] == [0, 600 * MS, 1200 * MS]


async def test_a_tolerance_lets_a_burst_through(deployment: Deployment) -> None:
    answers = await (await an_asker(deployment, budget=a_window(400 * MS, 800 * MS))).admit("1", "2", "3", "4", "5")
    assert [answer.wait_us for answer in answers] == [0, 0, 0, 400 * MS, 800 * MS]


async def test_a_slot_beyond_the_horizon_takes_nothing(deployment: Deployment) -> None:
    asker = await an_asker(deployment, budget=a_window(1500 * MS))
    first = await asker.admit("1", "2", "3", "4")
    assert verdicts(first) == [Verdict.GO, Verdict.GO, Verdict.LATER, Verdict.LATER]
    assert [answer.wait_us for answer in first[2:]] == [3 * SECOND, 3 * SECOND]
    from_elsewhere = await Asker(await deployment.replica("b"), asker.budget).one("3")
    assert from_elsewhere.verdict is Verdict.LATER
    assert 3 * SECOND - SLACK_US <= from_elsewhere.wait_us <= 3 * SECOND


async def test_what_was_put_off_gets_its_slot_when_time_has_come(deployment: Deployment) -> None:
    asker = await an_asker(deployment, budget=a_window(1100 * MS))
    assert verdicts(await asker.admit("1", "2", "3")) == [Verdict.GO, Verdict.GO, Verdict.LATER]
    await deployment.outlast(0.25)
    assert (await asker.one("3")).verdict is Verdict.GO


async def test_asking_again_for_the_same_attempt_gives_the_same_slot(deployment: Deployment) -> None:
    asker = await an_asker(deployment, budget=a_window(800 * MS))
    await asker.admit("1", "2")
    assert_waits([await asker.one("2")], [800 * MS])
    assert_waits([await asker.one("3")], [1600 * MS])


async def test_a_higher_attempt_gets_a_new_slot(deployment: Deployment) -> None:
    asker = await an_asker(deployment, budget=a_window(800 * MS))
    await asker.one("1")
    assert_waits([await asker.one("1", attempt=2)], [800 * MS])
    assert_waits([await asker.one("1", attempt=2)], [800 * MS])
    assert_waits([await asker.one("1", attempt=1)], [800 * MS])


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


async def test_two_owners_share_one_budget(deployment: Deployment) -> None:
    budget = a_window(600 * MS)
    asker, other = await an_asker(deployment, "a", budget), await an_asker(deployment, "b", budget)
    answers = [await asker.one("1"), await other.one("2"), await asker.one("3")]
    assert_waits(answers, [0, 600 * MS, 1200 * MS])


async def test_the_same_execution_id_in_another_workspace_is_another_execution(deployment: Deployment) -> None:
    asker = await an_asker(deployment)
    await asker.one("1")
    await asker.complete("1", b"result")
    elsewhere = asker.ask("1", workspace_id="w2")
    assert verdicts(await asker.admission.admit([elsewhere])) == [Verdict.GO]


async def test_a_batch_may_name_an_execution_twice(deployment: Deployment) -> None:
    answers = await (await an_asker(deployment, budget=a_window(500 * MS))).admit("1", "1", "2")
    assert [answer.wait_us for answer in answers] == [0, 0, 500 * MS]


async def test_it_says_that_it_is_there(deployment: Deployment) -> None:
    await (await deployment.replica("a")).check()


# Parking: what is refused is remembered as parked, and a backlog is not overtaken.


def a_parkable(id_: str, budget: BudgetSpec, queueing: Queueing = Queueing.PARKS, **fields: Any) -> Ask:
    defaults: dict[str, Any] = {"connector_id": "c", "breaker": "k:1@host", "queueing": queueing}
    return Ask(WORKSPACE, id_, budget, **(defaults | fields))


async def one(admission: Admission, ask: Ask) -> Admitted:
    (answer,) = await admission.admit([ask])
    return answer


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


# A slot that has passed: after a pause of whoever waits, many come at once.


def let_go(answers: list[Admitted]) -> int:
    """How many may call now."""
    return sum(answer.verdict is Verdict.GO and answer.wait_us == 0 for answer in answers)


async def test_slots_that_have_passed_during_a_pause_do_not_all_go_at_once(deployment: Deployment) -> None:
    budget = a_window(60 * MS)
    asker, other = await an_asker(deployment, "a", budget), await an_asker(deployment, "b", budget)
    waiting = [str(number) for number in range(15)]
    assert let_go(await asker.admit(*waiting)) == 1
    await deployment.outlast(1.2)
    late = await asker.admit(*waiting[1:])
    assert let_go(late) <= 3, "one, and what 100 ms of jitter explain"
    assert let_go(await other.admit("x", "y", "z")) <= 1
    waits = sorted(answer.wait_us for answer in late if answer.wait_us)
    assert all(later - earlier >= 50 * MS for earlier, later in pairwise(waits)), "each has a slot of its own"


async def test_a_slot_that_is_a_little_late_is_kept(deployment: Deployment) -> None:
    asker = await an_asker(deployment, budget=a_window(500 * MS))
    await asker.admit("1", "2")
    await deployment.outlast(0.5)
    assert await asker.one("2") == Admitted(Verdict.GO)


async def test_leave_whose_answer_was_lost_for_long_is_taken_again(deployment: Deployment) -> None:
    asker = await an_asker(deployment, budget=a_window(700 * MS))
    assert let_go([await asker.one("1")]) == 1
    await deployment.outlast(0.4)
    assert_waits([await asker.one("1")], [300 * MS])


async def test_a_slot_that_has_passed_is_given_when_nobody_else_took_its_place(deployment: Deployment) -> None:
    asker = await an_asker(deployment, budget=a_window(300 * MS))
    await asker.admit("1", "2")
    await deployment.outlast(1.0)
    assert await asker.one("2") == Admitted(Verdict.GO)


async def test_a_call_that_weighs_more_needs_more_room_in_the_burst(deployment: Deployment) -> None:
    budget = BudgetSpec("c:1", ((100 * MS, 900 * MS),), weight=5)
    answers = await (await an_asker(deployment, budget=budget)).admit("1", "2", "3")
    assert [answer.wait_us for answer in answers] == [0, 0, 500 * MS]


async def test_a_burst_as_large_as_the_limit_leaves_the_whole_limit_for_the_next_span(deployment: Deployment) -> None:
    budget = BudgetSpec("c:1", ((250 * MS, 750 * MS),), quotas=((4, SECOND),))
    asker = await an_asker(deployment, budget=budget)
    first = await asker.admit("1", "2", "3", "4", "5", "6", "7", "8")
    assert let_go(first) == 4
    assert all(answer.wait_us > SECOND - SLACK_US for answer in first[4:])
    await deployment.outlast(1.8)
    assert let_go(await asker.admit("5", "6", "7", "8", "9")) == 4


async def test_in_no_span_more_than_its_units_are_let_go(deployment: Deployment) -> None:
    budget = BudgetSpec("c:1", ((10 * MS, 20 * MS),), quotas=((5, 400 * MS),))
    asker = await an_asker(deployment, budget=budget)
    ids = [str(number) for number in range(8)]
    assert let_go(await asker.admit(*ids)) == 3
    await deployment.outlast(0.1)
    assert let_go(await asker.admit(*ids[3:])) == 2
    await deployment.outlast(0.31)
    assert let_go(await asker.admit(*ids[5:])) == 3


# A limit that changes, and what the upstream says about its own.


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
    await one(admission, Ask(WORKSPACE, "1", HOURLY))
    refused = Ask(WORKSPACE, "2", BudgetSpec("c:1", ((20 * MS, 0), (7200 * SECOND, 0))), connector_id="c")
    await admission.observe(WORKSPACE, refused.budget, Advice("Retry-After: 60", 60.0))
    assert (await one(admission, refused)).verdict is Verdict.HELD
    assert (await one(admission, Ask(WORKSPACE, "3", HOURLY))).wait_us > 3590 * SECOND


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


async def test_connectors_with_other_limits_know_of_each_other_in_a_budget_they_share(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    assert let_go(await admission.admit(some(a_burst(100), "a", 10))) == 10
    assert let_go(await admission.admit(some(a_burst(300), "b", 10))) == 10
    assert let_go(await admission.admit(some(a_burst(100), "c", 10))) == 10
    assert let_go(await admission.admit(some(a_burst(300), "d", 270))) == 270
    assert let_go(await admission.admit(some(a_burst(100), "e", 10))) == 0


async def test_weights_of_connectors_that_share_a_budget_do_not_change_what_is_reserved(deployment: Deployment) -> None:
    admission = await deployment.replica("a")
    await admission.admit([Ask(WORKSPACE, "1", a_window(300 * MS)), Ask(WORKSPACE, "2", a_window(300 * MS, weight=3))])
    assert_waits([await one(admission, Ask(WORKSPACE, "3", a_window(300 * MS)))], [1200 * MS])


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


async def test_a_slot_that_was_reserved_before_the_upstream_asked_for_quiet_is_moved(deployment: Deployment) -> None:
    admission, budget = await deployment.replica("a"), a_window(300 * MS)
    asks = [Ask(WORKSPACE, id_, budget) for id_ in "12"]
    assert verdicts(await admission.admit(asks)) == [Verdict.GO, Verdict.GO]
    await admission.observe(WORKSPACE, budget, Advice("Retry-After: 1", 1.0))
    assert_waits([await one(admission, asks[1])], [300 * MS])
    await deployment.outlast(0.3)
    assert_waits([await one(admission, asks[1])], [700 * MS])


async def test_whoever_dies_before_the_slot_has_called_nothing(deployment: Deployment) -> None:
    admission, budget = await deployment.replica("a"), a_window(200 * MS)
    asks = [Ask(WORKSPACE, id_, budget) for id_ in "12"]
    answers = await admission.admit(asks)
    assert [answer.wait_us for answer in answers] == [0, 200 * MS]
    await deployment.outlast(LEASE_SECONDS + 0.2)
    heir = await deployment.replica("b")
    assert verdicts(await heir.admit(asks)) == [Verdict.UNKNOWN, Verdict.GO]


async def test_whoever_dies_after_the_slot_was_confirmed_may_have_called(deployment: Deployment) -> None:
    admission, budget = await deployment.replica("a"), a_window(200 * MS)
    asks = [Ask(WORKSPACE, id_, budget) for id_ in "12"]
    await admission.admit(asks)
    await deployment.outlast(0.2)
    assert_waits([await one(admission, asks[1])], [0])
    await deployment.outlast(LEASE_SECONDS)
    assert (await one(await deployment.replica("b"), asks[1])).verdict is Verdict.UNKNOWN


async def test_a_slot_whose_breaker_has_opened_since_is_lost(deployment: Deployment) -> None:
    admission, budget = await deployment.replica("a"), a_window(200 * MS)
    asks = [a_parkable(id_, budget) for id_ in "12"]
    await admission.admit(asks)
    await deployment.outlast(0.2)
    await admission.report([(UPSTREAM, FAILING)])
    assert (await one(admission, asks[1])).verdict is Verdict.OPEN
    assert (await one(await deployment.replica("b"), asks[1])).verdict is Verdict.PARKED


async def test_who_is_refused_while_its_caller_waits_leaves_neither_claim_nor_place(deployment: Deployment) -> None:
    admission, budget = await deployment.replica("a"), a_window(200 * MS, concurrent=2)
    asks = [a_parkable(id_, budget, Queueing.WAITS) for id_ in "12"]
    assert verdicts(await admission.admit(asks)) == [Verdict.GO, Verdict.GO]
    await admission.observe(WORKSPACE, budget, Advice("Retry-After: 60", 60.0))
    await deployment.outlast(0.2)
    assert (await one(admission, asks[1])).verdict is Verdict.HELD
    assert (await admission.limits(Subject(WORKSPACE, "c", "", budget))).in_flight == 1
    assert (await one(await deployment.replica("b"), asks[1])).verdict is Verdict.HELD, "nobody runs it"


# Breakers and health.

UPSTREAM = Subject(WORKSPACE, "c", "k:1@host", BudgetSpec("c:1"))
FAILING = Tally(failing=4, failed=4)
WELL = Tally(alive=1, succeeded=1)


def an_ask(id_: str, queueing: Queueing = Queueing.WAITS, connector_id: str = "c") -> Ask:
    return Ask(WORKSPACE, id_, BudgetSpec("c:1"), 1, True, connector_id, "k:1@host", queueing)


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
