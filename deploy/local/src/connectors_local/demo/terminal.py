"""The demo at a terminal: what it prints last, and its exit status."""

import asyncio
from typing import Final

from connectors_local.commands.command import INTERRUPTED
from connectors_local.demo.clients import ApiError
from connectors_local.demo.display import Display, new_console
from connectors_local.demo.run import last_line, run_demo
from connectors_local.downloads import DownloadError
from connectors_local.servers.managed import ServerStartError
from connectors_local.state import StateInUseError, default_state
from connectors_local.topics import TopicCreationError
from connectors_shared.runtime.migrations import MigrationError

EXPECTED_FAILURES: Final = (
    ApiError,
    DownloadError,
    MigrationError,
    ServerStartError,
    StateInUseError,
    TopicCreationError,
)


def show_demo(*, once: bool) -> int:
    """0 when all contacts hold what the API gave, 1 when not, 130 when interrupted before that was known."""
    display = Display(new_console())
    try:
        story = asyncio.run(run_demo(default_state(), display, once=once))
    except asyncio.CancelledError:
        return INTERRUPTED
    except EXPECTED_FAILURES as failure:
        display.say(str(failure))
        display.say(f"demo: FAILED 0/100 {type(failure).__name__}")
        return 1
    if once:
        display.say(last_line(story))
    return 0 if story.verdict.ok else 1
