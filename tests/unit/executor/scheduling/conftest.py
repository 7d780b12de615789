"""The scheduling, running."""

from collections.abc import AsyncIterator

import pytest

from tests.unit.executor.scheduling.bench import Bench, opened


@pytest.fixture
def most_calls() -> int:
    return 4


@pytest.fixture
async def bench(most_calls: int) -> AsyncIterator[Bench]:
    async with opened(most_calls) as bench:
        yield bench
