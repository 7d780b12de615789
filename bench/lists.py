"""Lists under the clock: each is asked for again and again with other values; the slowest of a hundred counts."""

import time
from collections.abc import Awaitable, Callable
from math import ceil
from typing import Any, Final, TypeVar

from bench.figures import Figure, at_most

ASKED: Final = 300
LIMIT: Final = 50
"""Rows of a page."""
GOAL_MS: Final = 50.0
Reader = TypeVar("Reader")


async def timed(
    part: str, name: str, asking: Callable[[], Callable[[Reader], Awaitable[Any]]], reader: Reader
) -> Figure:
    """`asking` gives what is asked for, with values of chance."""
    times: list[float] = []
    for _ in range(ASKED):
        ask = asking()
        began = time.perf_counter()
        await ask(reader)
        times.append((time.perf_counter() - began) * 1e3)
    times.sort()
    return Figure(part, name, times[ceil(0.99 * ASKED) - 1], "ms", at_most(GOAL_MS), f"p50 {times[ASKED // 2]:.1f} ms")
