"""What a person sees: the picture on a terminal, lines elsewhere."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from rich.console import Console

from connectors_local.demo.latencies import Latencies
from connectors_local.limits.board import Board, Row
from connectors_local.limits.cast import Part
from connectors_local.limits.display import Display
from connectors_local.limits.offsets import PartitionOffsets
from connectors_local.limits.render import bar, line, picture
from connectors_local.limits.script import ALONE, BESIDE
from connectors_local.limits.story import Told
from connectors_local.limits.tally import Counts
from connectors_local.limits.verdict import Verdict
from connectors_shared.contract.status import ConnectorStatus
from tests.unit.operators.fake_executor import a_status

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def a_board(**changed: Any) -> Board:
    rows = {
        Part.HEALTHY: Row("10 healthy", 3, 0, 0, None, Counts(1240, 1237, 0, 0), Latencies(58.2, 66, 74.1)),
        Part.LIMITED: Row("limited 1/s", 1, 2, 371, NOW + timedelta(seconds=0.6), Counts(400, 27, 0, 0)),
        Part.HANGING: Row("hanging", 64, 0, 136, None, Counts(200, 0, 0, 0)),
        Part.FAILING: Row("failing", 0, 0, 177, NOW + timedelta(minutes=12), Counts(200, 0, 23, 0)),
    }
    fields: dict[str, Any] = {
        "elapsed_seconds": 41.3,
        "scene": BESIDE,
        "rows": rows,
        "partitions": [PartitionOffsets(0, 9300, 9340, 9000), PartitionOffsets(1, 9350, 9350, 9000)],
        "baseline": Latencies(55, 60, 61),
        "recent": Latencies(58.2, 66, 74.1),
        "statuses": {},
    }
    return Board(**fields | changed)


def seen(board: Board, width: int = 80) -> list[str]:
    console = Console(file=(file := io.StringIO()), width=width)
    console.print(picture(board, NOW))
    return file.getvalue().splitlines()


def row(lines: list[str], name: str) -> list[str]:
    (found,) = [each for each in lines if each.startswith(name)]
    return found.removeprefix(name).split()


def test_eighty_columns_and_two_dozen_lines_hold_all_of_it() -> None:
    partitions = [PartitionOffsets(number, 93_000, 93_400, 90_000) for number in range(6)]
    lines = seen(a_board(partitions=partitions))
    assert len(lines) <= 23
    assert "…" not in "".join(lines)


def test_each_part_has_a_row_with_its_numbers() -> None:
    lines = seen(a_board())
    headings = ["in", "flight", "waiting", "parked", "next", "slot", "done", "failed", "p50", "p99"]
    assert row(lines, "connector ") == headings
    assert row(lines, "10 healthy") == ["3", "–", "–", "–", "1237", "–", "58", "ms", "74", "ms"]
    assert row(lines, "limited 1/s") == ["1", "2", "371", "in", "0.6", "s", "27", "–"]
    assert row(lines, "hanging") == ["64", "–", "136", "–", "–", "–"]
    assert row(lines, "failing") == ["–", "–", "177", "in", "12", "min", "–", "23"]


def test_a_slow_answer_is_told_in_seconds_and_a_slot_that_is_due_as_now() -> None:
    slow = Row("10 healthy", 3, 0, 0, NOW, Counts(), Latencies(999.4, 1000, 2345))
    lines = seen(a_board(rows={Part.HEALTHY: slow}))
    assert row(lines, "10 healthy") == ["3", "–", "–", "now", "–", "–", "999", "ms", "2.3", "s"]


def test_each_partition_shows_how_far_it_is_committed() -> None:
    lines = seen(a_board())
    assert row(lines, "0 ") == ["█" * 26 + "░" * 4, "9300", "9340", "40"]
    assert row(lines, "1 ") == ["█" * 30, "9350", "9350", "0"]


def test_a_bar_is_full_only_when_everything_is_committed() -> None:
    assert bar(PartitionOffsets(0, 99_999, 100_000)).plain.endswith("░")
    assert bar(PartitionOffsets(0, 0, 10)).plain == "░" * 30


def test_the_last_line_compares_with_the_time_alone() -> None:
    assert seen(a_board())[-1] == "Healthy p99: 61 ms alone, 74 ms now: 1.2 times"
    assert "measured alone first" in seen(a_board(baseline=None))[-1]


def test_one_line_says_the_same() -> None:
    assert line(a_board()) == (
        " 41 s  healthy 1237 ok, p50 58 p99 74 ms | limited 1/s: 1 in flight, 2 waiting, 371 parked, 27 ok"
        " | hanging: 64 in flight, 136 parked | failing: 177 parked, 23 failed | lag 40"
    )


def test_a_healthy_execution_that_fails_stands_out() -> None:
    board = a_board()
    rows = dict(board.rows) | {Part.HEALTHY: Row("10 healthy", 0, 0, 0, None, Counts(5, 2, 2, 1))}
    assert "healthy 2 ok, 3 NOT OK, not measured" in line(a_board(rows=rows, recent=None)).replace("p50", "")


@pytest.fixture
def plain() -> Console:
    return Console(file=io.StringIO(), width=132)


def printed(console: Console) -> list[str]:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_where_nothing_can_be_drawn_a_line_comes_every_five_seconds_and_with_each_scene(plain: Console) -> None:
    display = Display(plain)
    with display.drawing():
        for second in range(7):
            display.show(a_board(elapsed_seconds=float(second), scene=ALONE))
        display.show(a_board(elapsed_seconds=7.0))
        display.show(a_board(elapsed_seconds=8.0))
    lines = [each[:7] for each in printed(plain)]
    assert lines == [f"-- {ALONE}"[:7], "  0 s  ", "  5 s  ", f"-- {BESIDE}"[:7], "  7 s  "]


def test_on_a_terminal_the_last_picture_stays() -> None:
    console = Console(file=(file := io.StringIO()), width=100, height=40, force_terminal=True, color_system=None)
    display = Display(console)
    with display.drawing():
        display.show(a_board(scene=ALONE))
        display.say("400 executions at once")
        display.show(a_board())
    text = file.getvalue()
    assert "400 executions at once" in text
    assert BESIDE in text[text.rindex(ALONE) :]


def test_at_the_end_each_answer_and_each_problem_is_told(plain: Console) -> None:
    answers = {
        part: ConnectorStatus.model_validate(a_status(UUID(int=number), summary=f"Summary {number}."))
        for number, part in enumerate(Part)
    }
    Display(plain).tell(Told(answers, Verdict("x", ("partition 3: [bold]behind[/bold]",))))
    text = "\n".join(printed(plain))
    assert "Why is the one not running that may call once per second?" in text
    assert "Why is the one not running that gets no answer for 30 s?" in text
    assert "Why is the one not running that gets nothing but 500s?" in text
    assert all(f"RUNNING: Summary {number}." in text for number in (1, 2, 3))
    assert "  wrong: partition 3: [bold]behind[/bold]" in text
