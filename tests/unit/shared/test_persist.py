"""What is outside is waited for, longer each time and not for ever longer; a fault of ours is raised at once."""

import asyncpg
import pytest
from aiokafka.errors import KafkaConnectionError
from asyncpg import exceptions
from structlog.testing import capture_logs

from connectors_shared.runtime import persist as persist_module
from connectors_shared.runtime.persist import is_outage, pause_seconds, persist


class Step:
    """Fails with `errors` first."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.pauses: list[float] = []

    async def work(self) -> str:
        if self.errors:
            raise self.errors.pop(0)
        return "done"

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


@pytest.mark.parametrize(
    ("error", "outside"),
    [
        (ConnectionRefusedError("nobody listens"), True),
        (TimeoutError(), True),
        (OSError("no route to host"), True),
        (KafkaConnectionError(), True),
        (exceptions.AdminShutdownError("terminated"), True),
        (asyncpg.InterfaceError("pool is closing"), True),
        (exceptions.UndefinedTableError("a mistake of ours"), False),
        (ValueError("a bug"), False),
        (KeyError("a bug"), False),
        (AssertionError("a bug"), False),
    ],
    ids=repr,
)
def test_what_is_outside(error: Exception, outside: bool) -> None:
    assert is_outage(error) is outside


async def test_it_waits_longer_each_time_and_says_so_until_it_is_done() -> None:
    step = Step(*[ConnectionError("away")] * 6)
    with capture_logs() as logs:
        assert await persist("store.write", step.work, pause=step.pause) == "done"
    assert step.pauses == [0.2, 0.4, 0.8, 1.6, 2.0, 2.0]
    assert [entry["event"] for entry in logs] == ["step.retried"] * 6 + ["step.recovered"]
    assert (logs[0]["step"], logs[0]["why"], logs[5]["failures"]) == ("store.write", "ConnectionError: away", 6)


async def test_a_fault_of_ours_is_raised_at_once() -> None:
    step = Step(ConnectionError("away"), ValueError("a bug"))
    with pytest.raises(ValueError, match="a bug"):
        await persist("store.write", step.work, pause=step.pause)
    assert len(step.pauses) == 1


async def test_who_asks_may_know_better_what_can_be_waited_for() -> None:
    step = Step(ValueError("again"), ConnectionError("away"))
    with pytest.raises(ConnectionError):
        await persist("s", step.work, waits_for=lambda error: isinstance(error, ValueError), pause=step.pause)


async def test_nothing_is_said_of_what_succeeds_at_once() -> None:
    with capture_logs() as logs:
        assert await persist("store.write", Step().work) == "done"
    assert logs == []


def test_pauses_stay_bounded_however_long_it_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert pause_seconds(1_000_000) == persist_module.LONGEST_PAUSE_SECONDS
    monkeypatch.setattr(persist_module, "LONGEST_PAUSE_SECONDS", 0.0)
    assert pause_seconds(3) == 0.0
