"""However many answers speak of limits, the store is told little, and the strictest."""

import asyncio
from dataclasses import replace

import pytest

from connector_executor.admission.memory import InMemoryAdmission, Store
from connector_executor.admission.parts import Parts
from connector_executor.admission.port import BudgetSpec
from connector_executor.policies.quota import Advice
from connector_executor.scheduling.observations import TOLD_AT_ONCE, Observations, strictest

BUDGET = BudgetSpec("c:1")


class Slow(InMemoryAdmission):
    """Every call waits until it is `open`."""

    def __init__(self) -> None:
        super().__init__(Store(lambda: 1_000_000), "me", 2_000_000, 30_000_000)
        self.open = asyncio.Event()
        self.told: list[tuple[str, Advice]] = []
        self.under_way = self.most_under_way = 0
        self.away = False

    async def observe(self, workspace_id: str, budget: BudgetSpec, seen: Advice) -> None:
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await self.open.wait()
        self.under_way -= 1
        if self.away:
            raise ConnectionError("away")
        self.told.append((budget.key, seen))


def asked_for(seconds: float) -> Advice:
    return Advice(f"Retry-After: {seconds:g}", hold_seconds=seconds)


async def tell(observations: Observations, budget: BudgetSpec, *advice: Advice) -> "list[asyncio.Task[None]]":
    telling = [asyncio.create_task(observations.tell("w", budget, each)) for each in advice]
    await asyncio.sleep(0)
    return telling


async def test_three_hundred_answers_about_one_budget_are_few_calls_with_the_strictest_of_them() -> None:
    admission = Slow()
    observations = Observations(admission)
    telling = await tell(observations, BUDGET, *(asked_for(1 + n % 60) for n in range(300)))
    admission.open.set()
    await asyncio.gather(*telling)
    assert len(admission.told) <= TOLD_AT_ONCE + 1
    assert admission.told[-1] == ("c:1", asked_for(60))


async def test_few_budgets_are_told_of_at_once_and_all_in_the_end() -> None:
    admission = Slow()
    observations = Observations(admission)
    telling = [t for n in range(50) for t in await tell(observations, BudgetSpec(f"c:{n}"), asked_for(5), asked_for(9))]
    admission.open.set()
    await asyncio.gather(*telling)
    assert admission.most_under_way == TOLD_AT_ONCE
    assert {key for key, _ in admission.told} == {f"c:{n}" for n in range(50)}
    assert len(admission.told) <= 50 + TOLD_AT_ONCE


async def test_who_told_and_who_joined_in_know_that_the_store_is_away() -> None:
    admission = Slow()
    observations = Observations(admission)
    telling = await tell(observations, BUDGET, asked_for(1), asked_for(2), asked_for(3))
    admission.away = True
    admission.open.set()
    answers = await asyncio.gather(*telling, return_exceptions=True)
    assert [type(answer) for answer in answers] == [ConnectionError] * 3
    admission.away = False
    await observations.tell("w", BUDGET, asked_for(4))
    assert [advice.hold_seconds for _, advice in admission.told] == [4]


async def test_a_part_that_hangs_keeps_no_call_of_another_waiting() -> None:
    hung, other = Slow(), Slow()
    parts = Parts([hung, other])
    observations = Observations(parts)
    its, others = (next(w for w in map(str, range(100)) if parts.part_of(w) == number) for number in (0, 1))
    waiting = [
        asyncio.create_task(observations.tell(its, BudgetSpec(f"c:{n}"), asked_for(5))) for n in range(2 * TOLD_AT_ONCE)
    ]
    await asyncio.sleep(0)
    other.open.set()
    await asyncio.wait_for(observations.tell(others, BUDGET, asked_for(9)), 1)
    hung.open.set()
    await asyncio.gather(*waiting)
    assert hung.most_under_way == TOLD_AT_ONCE


PACE = Advice("RateLimit: limit 10", interval_seconds=6.0, ttl_seconds=60.0)


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (asked_for(5), asked_for(9), asked_for(9)),
        (asked_for(5), Advice("429 without a time", hold_seconds=-1.0), asked_for(5)),
        (
            Advice("429 without a time", hold_seconds=-1.0),
            PACE,
            replace(PACE, source="429 without a time", hold_seconds=-1.0),
        ),
        (asked_for(5), PACE, replace(PACE, source="Retry-After: 5", hold_seconds=5.0)),
        (PACE, replace(PACE, interval_seconds=1.0, ttl_seconds=5.0), PACE),
    ],
)
def test_of_two_the_stricter_is_kept_whichever_came_first(one: Advice, other: Advice, both: Advice) -> None:
    assert strictest(one, other) == both
    assert strictest(other, one) == both
