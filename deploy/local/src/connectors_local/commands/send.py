"""`connectors send`: publish one execution and print its result."""

from argparse import ArgumentParser, Namespace
from typing import Final

from connectors_local.commands.command import Command


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
    # Imported here: Kafka and HTTP clients take a second that the other commands need not wait.
    from connectors_local.send import send_file

    return send_file(arguments.file, arguments.timeout)


SEND: Final = Command("send", "publish one execute event and print its result", run, add_arguments)
