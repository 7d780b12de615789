"""`connectors demo`: a stack of its own, or the one that runs already, and the story on it."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Coroutine
from typing import Any, TypeVar

from connectors_local.concurrency import cancelled_by_termination
from connectors_local.console.building import build_beside
from connectors_local.console.links import sign_in_link
from connectors_local.demo.display import Display
from connectors_local.demo.story import Story, tell_story
from connectors_local.services import WHOLE_STACK
from connectors_local.stack import Announce, Stack, running_stack
from connectors_local.state import LocalState, StackRecord
from connectors_local.tokens import DEMO_WORKSPACE, admin_token

T = TypeVar("T")


async def run_demo(state: LocalState, display: Display, *, once: bool) -> Story:
    """What happened, after everything that was started has stopped again. Without `once`, at Ctrl-C.

    Raises what starting a stack and telling the story raise.
    """
    building = build_beside(display.say, wanted=not once)
    async with cancelled_by_termination(), building as console, stack_for_demo(state, display.say) as (record, stack):
        telling = tell_story(record, admin_token(state.secrets().jwt_secret, DEMO_WORKSPACE), DEMO_WORKSPACE, display)
        story = await (while_it_runs(stack, telling) if stack else telling)
        display.tell(story)
        if not once:
            page = f"/tools/flows/{story.report.flow_id}"
            link = sign_in_link(record.registry_url, state.secrets().jwt_secret, DEMO_WORKSPACE, page)
            if not console.done():
                display.say("the console is still being built; its link follows")
            is_there = await console
            await show_until_interrupted(display, story, record, stack, link if is_there else None)
    return story


@contextlib.asynccontextmanager
async def stack_for_demo(state: LocalState, announce: Announce) -> AsyncIterator[tuple[StackRecord, Stack | None]]:
    """The running stack, which is left alone afterwards (then None), or a new one that ends with the block."""
    record = state.running_record()
    if record is not None and record.status == "ready" and record.pretend_api_url:
        announce("a stack runs already: the demo uses it")
        yield record, None
        return
    announce("starting Kafka, PostgreSQL, Valkey, the services and a pretend third-party API")
    began = time.monotonic()
    async with running_stack(state, services=WHOLE_STACK, announce=announce) as stack:
        announce(f"everything is up after {time.monotonic() - began:.1f} s")
        yield stack.record(), stack


async def while_it_runs(stack: Stack, work: Coroutine[Any, Any, T]) -> T:
    """The work's result; raises ProcessEndedError as soon as a process of the stack ends."""
    working, watching = asyncio.ensure_future(work), asyncio.ensure_future(stack.watch())
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            watching.result()
        return await working
    finally:
        working.cancel()
        watching.cancel()
        await asyncio.gather(working, watching, return_exceptions=True)


async def show_until_interrupted(
    display: Display, story: Story, record: StackRecord, stack: Stack | None, link: str | None
) -> None:
    """A stack that was there before stays, so there is nothing to wait for. `link`: into the console, if there is."""
    display.tell_where_to_look(record, link)
    display.say("")
    display.say(last_line(story))
    if stack is None:
        display.say("The stack keeps running; `make down` stops it.")
        return
    display.say("Everything keeps running until Ctrl-C.")
    with contextlib.suppress(asyncio.CancelledError):
        await stack.watch()
    display.say("stopping")


def last_line(story: Story) -> str:
    return story.verdict.line(f"contacts hold what the API gave ({story.report.duration_seconds:.2f} s)")
