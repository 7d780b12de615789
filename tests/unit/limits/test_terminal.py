"""The last line and the exit status of `connectors demo-limits`."""

import asyncio
from typing import Any

import pytest

from connectors_local.cli import main
from connectors_local.demo.clients import ApiError
from connectors_local.limits import terminal
from connectors_local.limits.story import Told
from connectors_local.limits.verdict import Verdict


def ends_with(outcome: Told | BaseException, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """The story ends so; the list tells whether it was to run once."""
    asked: list[bool] = []

    async def run_limits(*_: Any, once: bool) -> Told:
        asked.append(once)
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    monkeypatch.setattr(terminal, "run_limits", run_limits)
    return asked


@pytest.mark.parametrize(
    ("problems", "status", "last_line"),
    [((), 0, "demo-limits: OK healthy 9/9"), (("wrong",), 1, "demo-limits: FAILED healthy 9/9")],
)
def test_the_verdict_is_the_last_line_and_the_exit_status(
    problems: tuple[str, ...],
    status: int,
    last_line: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = ends_with(Told({}, Verdict("healthy 9/9", problems)), monkeypatch)
    assert main(["demo-limits", "--once"]) == status
    assert main(["demo-limits"]) == status
    assert asked == [True, False]
    assert capsys.readouterr().out.splitlines()[-1] == last_line


def test_what_could_not_be_told_is_said_and_exits_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ends_with(ApiError("GET http://e/x answered 500"), monkeypatch)
    assert main(["demo-limits", "--once"]) == 1
    assert capsys.readouterr().out.splitlines() == ["GET http://e/x answered 500", "demo-limits: FAILED ApiError"]


@pytest.mark.parametrize("interruption", [asyncio.CancelledError(), KeyboardInterrupt()])
def test_an_interruption_exits_with_130(interruption: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    ends_with(interruption, monkeypatch)
    assert main(["demo-limits"]) == 130
