"""The loops beside the API: what is outside is waited for, a fault of ours ends the process."""

import asyncio
from datetime import datetime
from typing import Any, cast

import pytest

from connector_registry.metrics import Metrics
from connector_registry.outbox.publisher import Publisher
from connector_registry.outbox.purging import Purger
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.postgres_faults import DatabaseUnavailableError
from connectors_shared.runtime.supervision import Supervisor, Work
from tests.unit.registry.outbox.publishing_twin import TwinOutbox, TwinSender, TwinTopic


class Broken:
    """Fails at each step with the next of `errors`."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)

    async def connect(self) -> None:
        raise self.errors.pop(0)

    async def purge(self, before: datetime, limit: int) -> int:
        raise self.errors.pop(0)


def publishing(broken: Broken) -> Work:
    sender = cast("Any", TwinSender(TwinTopic()))
    sender.connect = broken.connect
    return Publisher(cast("Any", TwinOutbox()), sender, Metrics(), SystemClock(), 1.0).run


def purging(broken: Broken) -> Work:
    return Purger(broken, SystemClock()).run


@pytest.mark.parametrize("work_of", [publishing, purging])
async def test_a_loop_that_dies_ends_the_process(monkeypatch: pytest.MonkeyPatch, work_of: Any) -> None:
    monkeypatch.setattr("connectors_shared.runtime.persist.LONGEST_PAUSE_SECONDS", 0.0)
    ended = asyncio.Event()
    broken = Broken(ConnectionError("away"), ValueError("a bug"))
    async with Supervisor(ended.set).running(work_of(broken)):
        await asyncio.wait_for(ended.wait(), 30)
    assert broken.errors == []


@pytest.mark.parametrize(
    ("error", "told"),
    [(DatabaseUnavailableError("it hangs"), None), (TimeoutError("gone"), "TimeoutError: gone")],
    ids=["postgres", "kafka"],
)
async def test_kafka_is_blamed_for_what_kafka_has_not_taken(error: Exception, told: str | None) -> None:
    sender = cast("Any", TwinSender(TwinTopic()))
    sender.connect = Broken(error).connect
    publisher = Publisher(cast("Any", TwinOutbox()), sender, Metrics(), SystemClock(), 1.0)
    with pytest.raises(type(error)):
        await publisher._pass()
    assert publisher.fault == told
