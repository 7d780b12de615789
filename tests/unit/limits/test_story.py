"""The story from its first scene to the last, in a world that keeps its promises and in worlds that do not."""

import asyncio
import io
import re
from collections.abc import Callable
from dataclasses import replace
from itertools import groupby

import httpx2
import pytest
from aiokafka.errors import KafkaConnectionError
from rich.console import Console

from connectors_local.demo.clients import Api
from connectors_local.limits.cast import NOISY, Part
from connectors_local.limits.display import Display
from connectors_local.limits.exchange import ExchangeError
from connectors_local.limits.run import cleared_away
from connectors_local.limits.script import ALONE, ASKING, BESIDE, CLEARING, GOING_ON
from connectors_local.limits.story import Told
from connectors_local.operators.executor import Executor
from connectors_shared.contract.execution import ConnectorExecute, ConnectorResult
from connectors_shared.contract.failure import FailureType
from tests.unit.limits.fake_world import PATIENT, SCRIPT, FakeWorld, Spectator, a_cast, a_story

Break = Callable[[FakeWorld], None]


async def tell(spoil: Break = lambda world: None, *, patient: bool = False) -> tuple[Told, FakeWorld, Spectator]:
    cast, spectator = a_cast(), Spectator()
    world = FakeWorld(cast)
    spoil(world)
    script = replace(SCRIPT, asking_seconds=PATIENT) if patient else SCRIPT
    story = a_story(world, cast, spectator, script)
    async with story.stage.hearing():
        return await story.tell(), world, spectator


async def test_in_a_world_that_keeps_its_promises_all_is_well() -> None:
    told, world, _ = await tell(patient=True)
    assert told.verdict.problems == ()
    healthy = world.published[Part.HEALTHY]
    assert told.verdict.line().startswith(f"demo-limits: OK healthy {healthy}/{healthy}; p99 ")
    assert told.verdict.line().endswith("; lag 0 with 30 parked; reasons 3/3")
    assert [told.answers[part].name for part in NOISY] == [part.value for part in NOISY]


async def test_the_healthy_are_alone_before_the_noisy_join() -> None:
    _, world, spectator = await tell(patient=True)
    assert [scene for scene, _ in groupby(board.scene for board in spectator.shown)] == [ALONE, BESIDE, ASKING]
    alone = [board for board in spectator.shown if board.scene == ALONE]
    assert all(board.rows[part].parked == 0 for board in alone for part in NOISY)
    assert all(board.baseline is None for board in alone)
    last = spectator.shown[-1]
    assert last.baseline is not None
    assert [last.rows[part].parked for part in NOISY] == [30, 5, 6]
    assert [world.published[part] for part in NOISY] == [30, 8, 6]
    assert last.rows[Part.HANGING].in_flight == 3


def lose_healthy(world: FakeWorld) -> None:
    world.deaf_to = Part.HEALTHY


def fail_healthy(world: FakeWorld) -> None:
    world.failing_healthy = FailureType.TIMEOUT


def lag(world: FakeWorld) -> None:
    world.lag = 4


def run_the_limited_at_once(world: FakeWorld) -> None:
    world.deaf_to = Part.LIMITED


def say_that_the_failing_one_runs(world: FakeWorld) -> None:
    world.states[Part.FAILING] = "running"


def say_that_the_limited_one_is_disabled(world: FakeWorld) -> None:
    world.states[Part.LIMITED] = "disabled"


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lose_healthy, "healthy: .* have no result"),
        (fail_healthy, "healthy: .* did not succeed"),
        (lag, "partition 0: committed to .*, which is 4 before its end"),
        (run_the_limited_at_once, "was not parked when the offsets were looked at"),
        (say_that_the_failing_one_runs, "failing: its state is said to be running"),
        (say_that_the_limited_one_is_disabled, "limited 1/s: its state is said to be disabled"),
    ],
)
async def test_a_broken_promise_is_seen_and_named(spoil: Break, said: str) -> None:
    told, _, _ = await tell(spoil)
    assert told.verdict.line().startswith("demo-limits: FAILED healthy ")
    (problem,) = told.verdict.problems
    assert re.search(said, problem)


async def test_what_is_late_is_waited_for() -> None:
    cast, spectator = a_cast(), Spectator()
    world = FakeWorld(cast)
    world.lag = 4
    story = a_story(world, cast, spectator, replace(SCRIPT, asking_seconds=PATIENT))
    async with story.stage.hearing():
        telling = asyncio.create_task(story.tell())
        while not spectator.shown or spectator.shown[-1].scene != ASKING:
            spectator.seen.clear()
            await spectator.seen.wait()
        world.lag = 0
        assert (await telling).verdict.ok


async def test_afterwards_nothing_is_left_parked_in_flight_or_without_a_result() -> None:
    cast, spectator = a_cast(), Spectator()
    world = FakeWorld(cast)
    story = a_story(world, cast, spectator, replace(SCRIPT, asking_seconds=PATIENT, clearing_seconds=PATIENT))
    async with story.stage.hearing():
        await story.tell()
        await story.clear_away()
    assert spectator.said[-1] == "41 parked executions cancelled; nothing is left"
    last = spectator.shown[-1]
    assert (last.scene, last.quiet) == (CLEARING, True)
    assert [last.rows[part].counts.cancelled for part in NOISY] == [30, 5, 6]
    assert last.rows[Part.HANGING].counts.succeeded == 3


async def test_what_cannot_be_cleared_away_in_time_is_said() -> None:
    cast, spectator = a_cast(), Spectator()
    world = FakeWorld(cast)
    world.deaf_to = Part.FAILING
    story = a_story(world, cast, spectator)
    async with story.stage.hearing():
        await story.tell()
        await story.clear_away()
    assert spectator.said[-1].endswith("; 6 have no result yet")


async def test_it_goes_on_with_the_healthy_load_until_it_is_stopped() -> None:
    cast, spectator = a_cast(), Spectator()
    world = FakeWorld(cast)
    story = a_story(world, cast, spectator)
    async with story.stage.hearing():
        going = asyncio.create_task(story.go_on())
        while not spectator.shown or not spectator.shown[-1].rows[Part.HEALTHY].counts.succeeded:
            spectator.seen.clear()
            await spectator.seen.wait()
        going.cancel()
        with pytest.raises(asyncio.CancelledError):
            await going
    assert {board.scene for board in spectator.shown} == {GOING_ON}


async def test_results_that_cannot_be_heard_any_more_end_the_story() -> None:
    cast, spectator = a_cast(), Spectator()
    world = FakeWorld(cast)

    async def break_down() -> list[ConnectorResult]:
        raise KafkaConnectionError("gone")

    world.hear = break_down  # type: ignore[method-assign]
    story = a_story(world, cast, spectator)
    with pytest.raises(ExchangeError, match=r"results cannot be heard any more: .*gone"):
        async with story.stage.hearing():
            await story.tell()


async def test_an_execution_that_cannot_be_published_ends_the_story() -> None:
    cast, spectator = a_cast(), Spectator()
    world = FakeWorld(cast)

    async def refuse(event: ConnectorExecute) -> None:
        raise KafkaConnectionError("gone")

    world.publish = refuse  # type: ignore[method-assign]
    story = a_story(world, cast, spectator)
    with pytest.raises(ExchangeError, match=r"could not be published: .*gone"):
        async with story.stage.hearing():
            await story.tell()


async def test_however_it_ends_what_it_left_is_cleared_away_and_the_first_failure_is_raised() -> None:
    cast, spectator = a_cast(), Spectator()
    world = FakeWorld(cast)
    story = a_story(world, cast, spectator, replace(SCRIPT, clearing_seconds=PATIENT))
    display = Display(Console(file=io.StringIO()))
    async with story.stage.hearing():
        await story.publisher.burst(cast[-1], 5)
        with pytest.raises(ZeroDivisionError):
            async with cleared_away(story, display):
                raise ZeroDivisionError
    assert spectator.said == ["5 parked executions cancelled; nothing is left"]


async def test_a_clearing_that_fails_is_said_and_hides_nothing() -> None:
    cast, spectator = a_cast(), Spectator()
    story = a_story(FakeWorld(cast), cast, spectator)
    story.stage.executor = Executor(unreachable())
    console = Console(file=(file := io.StringIO()))
    with pytest.raises(ZeroDivisionError):
        async with cleared_away(story, Display(console)):
            raise ZeroDivisionError
    assert "could not be cleared away" in file.getvalue()


def unreachable() -> Api:
    def down(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused", request=request)

    return Api(httpx2.AsyncClient(base_url="http://test", transport=httpx2.MockTransport(down)))
