"""Engines are tested in this process as they run in a worker."""

import sys

import pytest

from connector_executor.transform.serving import RECURSION_LIMIT


@pytest.fixture(autouse=True)
def recursion_limit_of_a_worker(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("recursion_limit_of_a_service")  # first, so that it is put back last
    sys.setrecursionlimit(RECURSION_LIMIT)
