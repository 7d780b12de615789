"""`connectors console`: build what people look at."""

import asyncio
from argparse import ArgumentParser, Namespace
from typing import Final

from connectors_local.commands.command import Command, CommandError
from connectors_local.console.browsing import measure_vitals, take_screenshots, vitals_table
from connectors_local.console.building import build_console
from connectors_local.console.checking import check_console, format_console
from connectors_local.console.node import ConsoleError
from connectors_local.state import StackRecord, default_state


def add_arguments(parser: ArgumentParser) -> None:
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument("--check", action="store_true", help="check format, rules and types instead of building")
    chosen.add_argument("--screenshots", action="store_true", help="take pictures of the running stack's pages")
    chosen.add_argument("--vitals", action="store_true", help="measure how fast the running stack's pages are")
    chosen.add_argument("--format", action="store_true", help="format it and mend what can be mended")


def run(arguments: Namespace) -> int:
    try:
        asyncio.run(_run(arguments))
    except ConsoleError as failure:
        raise CommandError(str(failure)) from failure
    return 0


async def _run(arguments: Namespace) -> None:
    if arguments.check:
        await check_console()
    elif arguments.screenshots:
        await take_screenshots(_running(), default_state().secrets().jwt_secret)
    elif arguments.vitals:
        for line in vitals_table(await measure_vitals(_running(), default_state().secrets().jwt_secret)):
            print(line)
    elif arguments.format:
        await format_console()
    elif not await build_console(print):
        print("the console is built already")


def _running() -> StackRecord:
    record = default_state().running_record()
    if record is None or record.status != "ready":
        raise ConsoleError("no stack runs: `make up` starts one")
    return record


CONSOLE: Final = Command("console", "build the console, which the registry serves", run, add_arguments)
