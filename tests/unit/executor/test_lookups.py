"""One look at the definitions at a time, for all who asked before it began."""

import asyncio

import pytest
from aiokafka.errors import KafkaError

from connector_executor.inbound.lookups import Lookups
from connectors_shared.runtime.supervision import Supervisor


class Definitions:
    """Each reading begins, and ends when it is let go."""

    def __init__(self) -> None:
        self.begun = 0
        self.at_once = 0
        self.errors: list[Exception] = []
        self.go = asyncio.Semaphore(0)

    async def read(self) -> None:
        self.begun += 1
        self.at_once += 1
        assert self.at_once == 1
        try:
            await self.go.acquire()
            if self.errors:
                raise self.errors.pop(0)
        finally:
            self.at_once -= 1


async def until(definitions: Definitions, begun: int) -> None:
    while definitions.begun < begun:
        await asyncio.sleep(0)


async def test_whoever_asks_during_a_reading_waits_for_the_next_one_and_all_others_share() -> None:
    definitions = Definitions()
    lookups = Lookups(definitions.read, Supervisor(lambda: pytest.fail("a task has failed")))
    first = [asyncio.create_task(lookups.catch_up()) for _ in range(100)]
    await until(definitions, 1)
    second = [asyncio.create_task(lookups.catch_up()) for _ in range(100)]
    await asyncio.sleep(0)
    definitions.go.release()
    await asyncio.gather(*first)
    assert not any(asking.done() for asking in second)
    definitions.go.release()
    await asyncio.gather(*second)
    assert definitions.begun == 2


async def test_a_reading_that_fails_is_tried_again_and_who_has_no_patience_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("connectors_shared.runtime.persist.LONGEST_PAUSE_SECONDS", 0.0)
    definitions = Definitions()
    definitions.errors = [KafkaError("away"), TimeoutError()]
    lookups = Lookups(definitions.read, Supervisor(lambda: pytest.fail("a task has failed")))
    patient = asyncio.create_task(lookups.catch_up())
    with pytest.raises(TimeoutError):
        await lookups.catch_up(0.0)
    for _ in range(3):
        definitions.go.release()
    await asyncio.wait_for(patient, 5)
    assert definitions.begun == 3
