"""`connectors demo`: watch a hundred contacts go the whole way."""

import asyncio
from argparse import ArgumentParser, Namespace
from typing import Final

from connectors_local.commands.command import INTERRUPTED, Command
from connectors_local.demo.clients import ApiError
from connectors_local.demo.display import Display, new_console
from connectors_local.demo.exchange import ExchangeError
from connectors_local.demo.run import last_line, run_demo
from connectors_local.downloads import DownloadError
from connectors_local.servers.managed import ServerStartError
from connectors_local.state import StateInUseError, default_state
from connectors_local.topics import TopicCreationError
from connectors_shared.runtime.migrations import MigrationError

EXPECTED_FAILURES: Final = (
    ApiError,
    DownloadError,
    ExchangeError,
    MigrationError,
    ServerStartError,
    StateInUseError,
    TopicCreationError,
)


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="exit by itself: 0 only if all contacts are right")


def run(arguments: Namespace) -> int:
    """0 when all contacts hold what the API gave, 1 when not, 130 when interrupted before that was known."""
    display = Display(new_console())
    try:
        story = asyncio.run(run_demo(default_state(), display, once=arguments.once))
    except asyncio.CancelledError:
        return INTERRUPTED
    except EXPECTED_FAILURES as failure:
        display.say(f"{failure}")
        display.say(f"demo: FAILED 0/100 {type(failure).__name__}")
        return 1
    if arguments.once:
        display.say(last_line(story))
    return 0 if story.verdict.ok else 1


DEMO: Final = Command("demo", "run the whole path on a hundred contacts and show it", run, add_arguments)
