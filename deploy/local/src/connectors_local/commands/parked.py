"""`connectors parked`: what waits behind a connector."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import Final
from uuid import UUID

from connectors_local.commands.command import Command

DEFAULT_LINES: Final = 50


def execution_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no execution id; `connectors parked list` shows them") from None


def lines(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is no number of lines")
    return int(text)


def add_arguments(parser: ArgumentParser) -> None:
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="in the order in which they will run")
    listing.add_argument("connector", help="its id or its exact name")
    listing.add_argument("-n", "--lines", type=lines, default=DEFAULT_LINES, help="at most (default: %(default)s)")
    listing.add_argument("--after", metavar="CURSOR", help="go on where an earlier list ended")
    listing.set_defaults(act=list_parked)
    cancelling = actions.add_parser("cancel", help="end them with a result of type cancelled")
    cancelling.add_argument("connector", help="its id or its exact name")
    which = cancelling.add_mutually_exclusive_group(required=True)
    which.add_argument("execution_ids", nargs="*", type=execution_id, metavar="EXECUTION_ID", default=[])
    which.add_argument("--all", action="store_true", help="everything that is parked for the connector")
    cancelling.set_defaults(act=cancel)


def run(arguments: Namespace) -> int:
    return int(arguments.act(arguments))


# Imported inside: Kafka and HTTP clients take a second that the other commands need not wait.
def list_parked(arguments: Namespace) -> int:
    from connectors_local.operators.terminal import show_parked

    return show_parked(arguments.connector, most=arguments.lines, after=arguments.after)


def cancel(arguments: Namespace) -> int:
    from connectors_local.operators.terminal import cancel_parked

    return cancel_parked(arguments.connector, None if arguments.all else arguments.execution_ids)


PARKED: Final = Command("parked", "list or cancel what is parked behind a connector", run, add_arguments)
