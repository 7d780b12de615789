"""What every admission must do; run against the in-memory twin and against real Redis.

Tests take a `deployment`, which makes replicas on one shared store and moves that store's time forward.
Waits are compared with a slack, because a real server's clock runs on between two questions.
"""

from dataclasses import dataclass, field
from typing import Any, Protocol

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

WORKSPACE = "w1"
LEASE_SECONDS = 0.4
SETTLING_SECONDS = 0.3
READS_WAIT_SECONDS = 0.2
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
UPSTREAM = Subject(WORKSPACE, "c", "k:1@host", BudgetSpec("c:1"))
FAILING = Tally(failing=4, failed=4)
WELL = Tally(alive=1, succeeded=1)


class Deployment(Protocol):
    """Replicas that share a store. `outlast` returns when so much of the store's time has gone by."""

    async def replica(self, owner: str) -> Admission: ...

    async def outlast(self, seconds: float) -> None: ...

    async def forget_everything(self) -> None: ...

    async def move_to_another_server(self) -> None:
        """Which comes up with a copy of the data."""
        ...

    async def rename_server(self) -> None:
        """As it does by itself when its first replica attaches."""
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


def a_parkable(id_: str, budget: BudgetSpec, queueing: Queueing = Queueing.PARKS, **fields: Any) -> Ask:
    defaults: dict[str, Any] = {"connector_id": "c", "breaker": "k:1@host", "queueing": queueing}
    return Ask(WORKSPACE, id_, budget, **(defaults | fields))


async def one(admission: Admission, ask: Ask) -> Admitted:
    (answer,) = await admission.admit([ask])
    return answer


def let_go(answers: list[Admitted]) -> int:
    """How many may call now."""
    return sum(answer.verdict is Verdict.GO and answer.wait_us == 0 for answer in answers)


def an_ask(id_: str, queueing: Queueing = Queueing.WAITS, connector_id: str = "c") -> Ask:
    return Ask(WORKSPACE, id_, BudgetSpec("c:1"), 1, True, connector_id, "k:1@host", queueing)


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
