"""A park or a release that is told while claims are told again reaches the store after them."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from connector_executor.admission.port import Ask, BudgetSpec, Claimed
from connector_executor.admission.redis import RedisAdmission

ASK = Ask("workspace", "execution", BudgetSpec("connector"))


class SlowScripts:
    """A script that is held back has been sent, and not been answered."""

    def __init__(self) -> None:
        self.run_so_far: list[str] = []
        self.answering = asyncio.Event()

    async def run(self, name: str, keys: Sequence[str], arguments: Iterable[Any]) -> int:
        if name == "reclaim":
            await self.answering.wait()
        self.run_so_far.append(name)
        return len(keys)


@pytest.mark.parametrize("giving_up", ["park", "release"])
async def test_whoever_gives_a_claim_up_has_the_last_word(giving_up: str) -> None:
    admission, scripts = RedisAdmission(cast("Redis", Redis()), "me"), SlowScripts()
    admission._scripts = cast("Any", scripts)
    held = {"execution"}
    claimed = [Claimed(ASK)]
    telling = asyncio.create_task(admission.reclaim(claimed, lambda one: one if held else None))
    await asyncio.sleep(0)
    held.clear()
    given_up = asyncio.create_task(getattr(admission, giving_up)([ASK]))
    await asyncio.sleep(0)
    scripts.answering.set()
    await asyncio.gather(telling, given_up)
    await admission.reclaim(claimed, lambda one: one if held else None)
    assert scripts.run_so_far == ["reclaim", giving_up]
