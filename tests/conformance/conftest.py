"""Finds the conformance data, and says at the end of a run what was not run for want of it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

VARIABLE = "CONFORMANCE_DATA"
NOT_RUN = pytest.StashKey[list[str]]()
REPORTED = pytest.StashKey[list[str]]()

FolderOf = Callable[[str, int], Path]
Report = Callable[[str], None]


@pytest.fixture
def conformance_folder(request: pytest.FixtureRequest) -> FolderOf:
    """Gives the folder of a suite; without data the test is skipped, and its cases are counted as not run."""

    def folder_of(suite: str, cases: int) -> Path:
        root = os.environ.get(VARIABLE)
        if root:
            return Path(root) / suite
        report = f"{cases:,} cases of the {suite} suite"
        not_run = request.config.stash.setdefault(NOT_RUN, [])
        if report not in not_run:
            not_run.append(report)
        pytest.skip(f"NOT RUN: {report}; {VARIABLE} is not set")

    return folder_of


@pytest.fixture
def conformance_report(request: pytest.FixtureRequest) -> Report:
    """Takes a line for the end of the run."""
    return request.config.stash.setdefault(REPORTED, []).append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if reported := config.stash.get(REPORTED, []):
        terminalreporter.section("conformance")
    for line in reported:
        terminalreporter.line(line)
    if not_run := config.stash.get(NOT_RUN, []):
        terminalreporter.section("CONFORMANCE NOT RUN", sep="!", red=True, bold=True)
    for report in not_run:
        terminalreporter.line(f"{report} did NOT run: set {VARIABLE} to the folder that holds the data.", red=True)
