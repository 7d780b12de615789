"""Programs that run the stack's parts in processes of their own, to be killed from outside."""

import time
from collections.abc import Callable
from typing import TypeVar

import pytest

T = TypeVar("T")
WaitFor = Callable[..., object]


def _wait_for(condition: Callable[[], T], seconds: float = 30) -> T:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.02)
    return found


@pytest.fixture
def wait_for() -> WaitFor:
    """Polls until the condition holds; fails at its deadline."""
    return _wait_for
