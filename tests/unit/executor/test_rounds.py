"""A round is over when each of its rows has an answer; the answers say when to look again, and how the API is."""

from typing import Any

import pytest

from connector_executor.admission.port import Verdict
from connector_executor.execution import Execution
from connector_executor.inbound.backlog.rounds import MIN_PAUSE_SECONDS, MIN_REFUSED_SECONDS, ParkedOrigin, Round
from connector_executor.parking.port import Backlog, Finding, Key, ParkReason, TakenRow
from tests.unit.executor.a_connector import CONNECTOR, WORKSPACE, a_plan
from tests.unit.executor.parking_scene import START, an_execution

HORIZON_SECONDS = 1.0


class Noted:
    """Stands for the rows: what each was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []

    def give_back(self, key: Key, generation: str | None) -> None:
        self.told.append(("given back", generation))

    def let_go(self, key: Key) -> None:
        self.told.append(("let go", None))

    def remove(self, key: Key) -> None:
        self.told.append(("removed", None))

    def park_again(self, execution: Execution, verdict: Verdict, wait_seconds: float) -> None:
        self.told.append(("parked again", verdict))


def a_round(asked: int, taken: int | None = None, **config: Any) -> Round:
    backlog = Backlog(WORKSPACE, CONNECTOR, "c:1", 9, 1)
    taken = asked if taken is None else taken
    return Round(backlog, a_plan(**config), asked, taken, taken, closed=lambda _round: None)


def an_origin(noted: Noted, round_: Round | None = None, *, attempt: int = 1, generation: str | None = None) -> Any:
    execution = an_execution()
    row = TakenRow(
        WORKSPACE, execution.event.execution_id, CONNECTOR, 1, b"", b"", attempt, START, False, False, generation
    )
    origin = ParkedOrigin(row, noted)
    if round_ is not None:
        origin.join(round_)
    return origin


def test_a_round_is_closed_by_its_last_answer_and_each_row_answers_once() -> None:
    closed: list[Round] = []
    round_ = a_round(2)
    round_.closed = closed.append
    first, second = an_origin(Noted(), round_), an_origin(Noted(), round_)
    first.started(0.2)
    first.started(0.4)
    assert closed == []
    second.refused(an_execution(), Verdict.LATER, 3.0)
    assert closed == [round_]
    assert round_.refused == [(Verdict.LATER, 3.0)]


@pytest.mark.parametrize(
    ("waits", "refused", "pause"),
    [
        ([], [], MIN_PAUSE_SECONDS),
        ([0.2, 0.8], [], 0.4),
        ([0.5], [(Verdict.LATER, 3.0), (Verdict.LATER, 9.0)], 2.0),
        ([], [(Verdict.LATER, 0.5)], MIN_REFUSED_SECONDS),
        ([], [(Verdict.OPEN, 5.0)], 5.0),
        ([], [(Verdict.UNHEALTHY, 3600.0), (Verdict.OPEN, 5.0)], 5.0),
    ],
)
def test_when_another_round_is_worth_while(
    waits: list[float], refused: list[tuple[Verdict, float]], pause: float
) -> None:
    round_ = a_round(len(waits) + len(refused) or 1)
    for wait in waits:
        round_.answer(wait)
    for verdict, wait in refused:
        round_.answer(wait, verdict)
    assert round_.pause_seconds(HORIZON_SECONDS) == pytest.approx(pause)


def test_a_round_that_got_fewer_rows_than_it_wanted_has_exhausted_the_backlog() -> None:
    few, all_of_them = a_round(5, 3), a_round(3)
    refused = a_round(5, 3)
    for round_ in (few, all_of_them):
        for _ in range(3):
            round_.answer(0.0)
    refused.answer(1.0, Verdict.LATER)
    assert (few.exhausted, all_of_them.exhausted, refused.exhausted) == (True, False, False)


@pytest.mark.parametrize(
    ("refused", "trouble"),
    [
        ((Verdict.OPEN, 5.0), ParkReason.BREAKER_OPEN),
        ((Verdict.UNHEALTHY, 3600.0), ParkReason.UNHEALTHY),
        ((Verdict.HELD, 61.0), ParkReason.ASKED_TO_WAIT),
    ],
)
def test_refusals_that_say_that_the_api_is_unavailable(refused: tuple[Verdict, float], trouble: ParkReason) -> None:
    round_ = a_round(2)
    round_.answer(0.0)
    round_.answer(refused[1], refused[0])
    assert round_.finding(cautious=False) == Finding(trouble)


@pytest.mark.parametrize("refused", [(Verdict.LATER, 9e9), (Verdict.HELD, 59.0), (Verdict.BUSY, 0.05)])
def test_refusals_that_say_nothing_about_the_api(refused: tuple[Verdict, float]) -> None:
    round_ = a_round(1)
    round_.answer(refused[1], refused[0])
    assert round_.finding(cautious=False) is None


def test_a_short_quiet_is_long_for_who_waits_no_longer() -> None:
    round_ = a_round(1, parking={"maxWaitSeconds": 5})
    round_.answer(6.0, Verdict.HELD)
    assert round_.finding(cautious=False) == Finding(ParkReason.ASKED_TO_WAIT)


def test_an_api_is_well_when_all_could_start_and_it_was_not_only_a_try() -> None:
    round_ = a_round(1)
    round_.answer(0.0)
    assert round_.finding(cautious=False) == Finding(None)
    assert round_.finding(cautious=True) is None


def test_a_row_goes_one_of_its_ways() -> None:
    noted = Noted()
    an_origin(noted, attempt=1, generation="g").refused(an_execution(), Verdict.LATER, 1.0)
    an_origin(noted, attempt=2, generation="g").refused(an_execution(), Verdict.OPEN, 1.0)
    an_origin(noted, generation="g").returned()
    an_origin(noted).parked()
    an_origin(noted).dead_lettered()
    an_origin(noted).finished(b"")
    assert noted.told == [
        ("given back", None),
        ("parked again", Verdict.OPEN),
        ("given back", "g"),
        ("let go", None),
        ("let go", None),
        ("removed", None),
    ]
