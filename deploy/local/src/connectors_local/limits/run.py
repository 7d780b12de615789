"""`connectors demo-limits`: a stack of its own, or the one that runs already, and the story on it."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Coroutine
from typing import Any, TypeVar

from connectors_local.concurrency import cancelled_by_termination
from connectors_local.demo.clients import ApiError, Registry, api_client
from connectors_local.demo.run import stack_for_demo, while_it_runs
from connectors_local.exports import stack_environment
from connectors_local.limits.cast import Connector, definitions
from connectors_local.limits.display import Display
from connectors_local.limits.exchange import ExchangeError, open_exchange
from connectors_local.limits.load import Publisher
from connectors_local.limits.offsets import open_group
from connectors_local.limits.script import Script
from connectors_local.limits.stage import Stage
from connectors_local.limits.story import Story, Told
from connectors_local.operators.executor import Executor
from connectors_local.operators.target import Target
from connectors_local.stack import Stack
from connectors_local.state import LocalState, StackRecord

T = TypeVar("T")


async def run_limits(state: LocalState, display: Display, script: Script, *, once: bool) -> Told:
    """What happened, after everything that was started has stopped again. Without `once`, at Ctrl-C.

    Raises what starting a stack and telling the story raise, and CommandError.
    """
    async with cancelled_by_termination(), stack_for_demo(state, display.say) as (record, stack):
        target = Target.of(stack_environment(record, state.secrets()))
        async with open_story(record, target, display, script) as story, cleared_away(story, display):
            with display.drawing():
                told = await guarded(stack, story.tell())
            display.tell(told)
            if not once:
                display.say(told.verdict.line())
                with contextlib.suppress(asyncio.CancelledError), display.drawing():
                    await guarded(stack, story.go_on())
    return told


@contextlib.asynccontextmanager
async def open_story(record: StackRecord, target: Target, display: Display, script: Script) -> AsyncIterator[Story]:
    async with (
        api_client(target.registry_url, target.token) as registry,
        api_client(target.executor_url, target.operator_token) as executor,
        api_client(record.pretend_api_url) as pretend_api,
        open_exchange(record.kafka_bootstrap_servers) as exchange,
        open_group(record.kafka_bootstrap_servers) as group,
    ):
        cast = await save_cast(Registry(registry), record.pretend_api_url, script.healthy_connectors)
        display.say(f"{len(cast)} connectors are saved and published")
        stage = Stage(cast, target.workspace_id, exchange, Executor(executor), pretend_api, group, time.monotonic)
        publisher = Publisher(exchange, stage.tally, target.workspace_id, time.monotonic)
        async with stage.hearing():
            yield Story(stage, publisher, display, script)


async def save_cast(registry: Registry, api_url: str, healthy: int) -> list[Connector]:
    await registry.grant(api_url, "the pretend API of the limits' demo")
    cast = []
    for part, definition in definitions(api_url, healthy):
        cast.append(Connector(await registry.save(definition), definition["name"], part))
    return cast


@contextlib.asynccontextmanager
async def cleared_away(story: Story, display: Display) -> AsyncIterator[None]:
    """However the story ends, its backlog does not stay. What ended the story is what is raised."""
    try:
        yield
    finally:
        try:
            with display.drawing():
                await story.clear_away()
        except (ApiError, ExchangeError) as failure:
            display.say(f"what the story left could not be cleared away: {failure}")


async def guarded(stack: Stack | None, work: Coroutine[Any, Any, T]) -> T:
    """A stack of our own is watched meanwhile."""
    return await (while_it_runs(stack, work) if stack else work)
