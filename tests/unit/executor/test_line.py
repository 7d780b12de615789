"""The line: who is here, who waits for another of the same id, and how each leaves."""

import asyncio
from collections.abc import Callable
from uuid import uuid4

import pytest

from connector_executor.admission.port import Verdict
from connector_executor.execution import Arrival, Execution
from connector_executor.metrics import ExecutorMetrics
from connector_executor.scheduling.line import Line
from tests.unit.executor.executions import an_execution, told


def is_record(execution: Execution) -> bool:
    return execution.arrival is Arrival.RECORD


@pytest.fixture
def line() -> Line:
    return Line(ExecutorMetrics())


Ending = Callable[[Line, Execution], None]
ENDINGS: dict[str, Ending] = {
    "finished": lambda line, execution: line.finished(execution, b"{}"),
    "parked": lambda line, execution: line.parked(execution),
    "refused later 3": lambda line, execution: line.refused(execution, Verdict.LATER, 3.0),
    "returned": lambda line, execution: line.returned([execution]),
}


@pytest.mark.parametrize("how", ENDINGS)
def test_every_end_tells_the_origin_forgets_the_claim_and_lets_a_repeat_take_its_turn(line: Line, how: str) -> None:
    execution_id = uuid4()
    first, repeat = an_execution(execution_id), an_execution(execution_id)
    line.submit(first)
    line.submit(repeat)
    line.claim(first)
    assert line.queues.take(2) == [first]
    ENDINGS[how](line, first)
    assert told(first) == [how]
    assert not line.claimed
    assert told(repeat) == ["started"]
    line.queues.release(first.connector_id)
    assert line.queues.take(2) == [repeat]


def test_an_id_that_has_left_is_new_when_it_comes_again(line: Line) -> None:
    execution_id = uuid4()
    first, later = an_execution(execution_id), an_execution(execution_id)
    line.submit(first)
    line.queues.take(1)
    line.finished(first, b"")
    line.submit(later)
    assert line.queues.take(1) == [later]
    assert line.find(lambda execution: execution is later) is later
    assert line.find(lambda execution: execution is first) is None


def test_those_who_are_dismissed_leave_and_turn_away_whoever_comes_until_they_are_welcome(line: Line) -> None:
    stays, goes, comes, later = (an_execution(arrival=a) for a in (Arrival.PARKED, *[Arrival.RECORD] * 3))
    line.submit(stays)
    line.submit(goes)
    assert line.dismiss(is_record) == []
    line.submit(comes)
    line.keep_all()
    line.submit(later)
    assert [told(execution) for execution in (stays, goes, comes, later)] == [[], ["returned"], ["returned"], []]
    assert line.queues.queued == 2


def test_what_queues_with_a_claim_is_not_returned_before_the_claim_is_given_back(line: Line) -> None:
    again = an_execution()
    line.submit(again)
    line.queues.take(1)
    line.claim(again)
    line.queues.release(again.connector_id)
    line.again(again)
    assert line.dismiss(is_record) == [again]
    assert told(again) == []
    assert again.id in line.claimed
    assert not line.queues.queued


def test_a_repeat_that_leaves_does_not_wait_for_one_that_stays(line: Line) -> None:
    execution_id = uuid4()
    stays, goes = an_execution(execution_id, arrival=Arrival.PARKED), an_execution(execution_id)
    line.submit(stays)
    line.submit(goes)
    line.dismiss(is_record)
    assert told(goes) == ["started", "returned"]
    assert line.find(lambda execution: execution is stays) is stays


def test_a_repeat_that_stays_takes_the_turn_of_one_that_is_returned(line: Line) -> None:
    execution_id = uuid4()
    goes, stays = an_execution(execution_id), an_execution(execution_id, arrival=Arrival.CALLER)
    line.submit(goes)
    line.submit(stays)
    line.dismiss(is_record)
    assert told(goes) == ["returned"]
    assert line.queues.take(1) == [stays]


async def test_whoever_waits_for_leavers_is_woken_by_each(line: Line) -> None:
    execution = an_execution()
    line.submit(execution)
    waiting = asyncio.create_task(line.left())
    await asyncio.sleep(0)
    assert not waiting.done()
    line.finished(execution, b"")
    await asyncio.wait_for(waiting, 5)
