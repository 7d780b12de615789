"""Engines are tested in this process as they run in a worker."""

import sys

import pytest

from connector_executor.transform.serving import RECURSION_LIMIT


@pytest.fixture(autouse=True)
def recursion_limit_of_a_service() -> None:
    """In place of the one for all other tests."""
    sys.setrecursionlimit(RECURSION_LIMIT)
