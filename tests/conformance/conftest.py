"""Finds the conformance data, and has it said at the end of a run what was not run for want of it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import NOT_RUN, REPORTED

VARIABLE = "CONFORMANCE_DATA"

FolderOf = Callable[[str, int], Path]
Report = Callable[[str], None]


@pytest.fixture
def conformance_folder(request: pytest.FixtureRequest) -> FolderOf:
    """Gives the folder of a suite; without data the test is skipped, and its cases are counted as not run."""

    def folder_of(suite: str, cases: int) -> Path:
        root = os.environ.get(VARIABLE)
        if root:
            return Path(root) / suite
        report = f"{cases:,} cases of the {suite} suite did NOT run: set {VARIABLE} to the folder that holds the data."
        request.node.user_properties.append((NOT_RUN, report))
        pytest.skip(f"NOT RUN: {cases:,} cases of the {suite} suite; {VARIABLE} is not set")

    return folder_of


@pytest.fixture
def conformance_report(request: pytest.FixtureRequest) -> Report:
    """Takes a line for the end of the run."""

    def report(line: str) -> None:
        request.node.user_properties.append((REPORTED, line))

    return report
