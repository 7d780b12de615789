"""`connectors send`: publish one execution and print its result."""

import asyncio
import os
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Final

from connectors_local.commands.command import Command, CommandError
from connectors_local.demo.clients import ApiError
from connectors_local.demo.exchange import ExchangeError
from connectors_local.exports import stack_environment
from connectors_local.send import BAD_INPUT, BadInputError, Target, read_request, send
from connectors_local.state import default_state


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", help="an execute event in JSON; - reads standard input")
    parser.add_argument(
        "-t",
        "--timeout",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="wait so long for the result (default: 60)",
    )


def run(arguments: Namespace) -> int:
    """0 when the execution succeeded, 1 when it failed or nothing was heard, 2 when the event is not valid."""
    try:
        request = read_request(read_text(arguments.file))
        return asyncio.run(send(request, target(), arguments.timeout))
    except BadInputError as error:
        print(f"connectors send: {arguments.file}: {error}", file=sys.stderr)
        return BAD_INPUT
    except (ApiError, ExchangeError) as error:
        raise CommandError(str(error)) from error


def read_text(file: str) -> str:
    """Raises BadInputError when there is no such text."""
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"cannot be read: {error}") from error


def target() -> Target:
    """The running stack; else what the environment names, as `connectors env` prints it."""
    state = default_state()
    record = state.running_record()
    if record is not None and record.status == "ready":
        return Target.of(stack_environment(record, state.secrets()))
    try:
        return Target.of(os.environ)
    except KeyError as missing:
        raise CommandError(
            f"no stack is running here (start one with `connectors up`), and {missing} is not set"
        ) from None


SEND: Final = Command("send", "publish one execute event and print its result", run, add_arguments)
