"""Who is next among evaluations that wait for a worker."""

from typing import Any

import pytest

from connector_executor.transform.turns import Evaluation, Turn, Turns
from connector_executor.transform.wire import Request


def an_evaluation(name: str, connector: str = "c", workspace: str = "w", expression: str = "a") -> Evaluation:
    evaluation = Evaluation(Request(expression, b"{}", None, 1.0), Turn(workspace, connector))
    evaluation.frame = name.encode()
    return evaluation


def taken(turns: Turns, count: int = 1000) -> list[str]:
    names: list[str] = []
    while len(names) < count and (found := turns.take(anything, anything)) is not None:
        names.append(found.frame.decode())
    return names


def anything(_evaluation: Evaluation) -> bool:
    return True


async def test_connectors_take_turns() -> None:
    turns = Turns(100)
    for number in range(4):
        turns.add(an_evaluation(f"a{number}", "a"))
    turns.add(an_evaluation("b0", "b"))
    turns.add(an_evaluation("b1", "b"))
    assert taken(turns) == ["a0", "b0", "a1", "b1", "a2", "a3"]
    assert len(turns) == 0


async def test_workspaces_take_turns_however_many_connectors_they_have() -> None:
    turns = Turns(100)
    for number in range(50):
        turns.add(an_evaluation(f"many{number}", f"c{number}", "many"))
    turns.add(an_evaluation("one", "c", "other"))
    assert taken(turns, 3) == ["many0", "one", "many1"]


async def test_who_comes_late_waits_for_one_turn_of_each_other() -> None:
    turns = Turns(100)
    for number in range(64):
        turns.add(an_evaluation(f"a{number}", "a"))
    assert taken(turns, 10) == [f"a{number}" for number in range(10)]
    turns.add(an_evaluation("late", "b"))
    assert "late" in taken(turns, 2)


async def test_a_connector_has_only_so_many_waiting() -> None:
    turns = Turns(3)
    assert [turns.add(an_evaluation("a", "a")) for _ in range(4)] == [True, True, True, False]
    assert turns.add(an_evaluation("b", "b"))
    assert len(turns) == 4


async def test_what_comes_back_goes_first_and_in_order() -> None:
    turns = Turns(10)
    turns.add(an_evaluation("waits"))
    turns.give_back([an_evaluation("first"), an_evaluation("second")])
    assert taken(turns) == ["first", "second", "waits"]


async def test_what_may_not_run_is_passed_over_and_keeps_its_turn() -> None:
    turns = Turns(10)
    for name in ("a0", "b0", "a1"):
        turns.add(an_evaluation(name, name[0]))
    found = turns.take(lambda each: each.frame != b"a0", anything)
    assert found is not None
    assert found.frame == b"b0"
    assert taken(turns) == ["a0", "a1"]


async def test_what_is_not_wanted_is_not_overtaken() -> None:
    turns = Turns(10)
    for name in ("a0", "b0"):
        turns.add(an_evaluation(name, name[0]))
    assert turns.take(anything, lambda each: each.frame == b"b0") is None
    assert taken(turns) == ["a0", "b0"]


async def test_what_is_cancelled_is_dropped() -> None:
    turns = Turns(10)
    evaluations = [an_evaluation(f"a{number}") for number in range(3)]
    for evaluation in evaluations:
        turns.add(evaluation)
    evaluations[0].verdict.cancel()
    evaluations[2].verdict.cancel()
    assert taken(turns) == ["a1"]
    assert len(turns) == 0


async def test_all_of_an_expression_can_be_withdrawn() -> None:
    turns = Turns(10)
    for number in range(3):
        turns.add(an_evaluation(f"bad{number}", "a", expression="bad"))
        turns.add(an_evaluation(f"good{number}", "b"))
    turns.give_back([an_evaluation("bad", "a", expression="bad")])
    assert [each.frame for each in turns.withdraw("bad")] == [b"bad", b"bad0", b"bad1", b"bad2"]
    assert len(turns) == 3
    assert taken(turns) == ["good0", "good1", "good2"]


@pytest.mark.parametrize("given", [0, 2])
async def test_clearing_gives_all_that_wait(given: int) -> None:
    turns = Turns(10)
    turns.add(an_evaluation("a", "a"))
    turns.add(an_evaluation("b", "b"))
    turns.give_back([an_evaluation("c")] * given)
    assert len(turns.clear()) == 2 + given
    assert len(turns) == 0


async def test_an_evaluation_settles_once() -> None:
    evaluation: Any = an_evaluation("a")
    evaluation.verdict.cancel()
    evaluation.settle(None)
    assert evaluation.verdict.cancelled()
