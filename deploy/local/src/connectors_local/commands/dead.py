"""`connectors dead`: look at executions, or results, that were set aside, and replay them."""

from argparse import ArgumentParser, Namespace
from typing import Final
from uuid import UUID

from connectors_local.commands.command import Command
from connectors_shared.contract.dead import LetterKind
from connectors_shared.contract.failure import DeadReason


def add_arguments(parser: ArgumentParser) -> None:
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="show them, the newest first")
    add_filter(listing)
    listing.add_argument("--limit", type=positive, default=20, metavar="N", help="show at most N (default: 20)")
    listing.set_defaults(act=list_letters)
    replaying = actions.add_parser("replay", help="put the original messages back to where they came from")
    replaying.add_argument(
        "cursors", nargs="*", type=cursor, metavar="CURSOR", help="the first column of the list, as in 0:41"
    )
    replaying.add_argument("--all", action="store_true", help="all, or all that the filter lets through")
    add_filter(replaying)
    replaying.set_defaults(act=replay_letters, wrong_usage=replaying.error)


def add_filter(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--kind",
        type=LetterKind,
        choices=list(LetterKind),
        default=LetterKind.EXECUTION,
        help="of executions that were not called (the default), or of results that were not applied or recorded; each"
        " kind has its own cursors",
    )
    parser.add_argument("--reason", choices=[reason.value for reason in DeadReason], help="only those")
    parser.add_argument("--connector", type=UUID, metavar="ID", help="only messages for this connector")


def positive(text: str) -> int:
    """Raises ValueError, which argparse turns into wrong usage."""
    number = int(text)
    if number < 1:
        raise ValueError("below 1")
    return number


def cursor(text: str) -> str:
    """Raises ValueError, likewise."""
    partition, _, offset = text.partition(":")
    return f"{int(partition)}:{int(offset)}"


def list_letters(arguments: Namespace) -> int:
    # Imported here: an HTTP client takes a time that the other commands need not wait.
    from connectors_local.dead import list_dead

    return list_dead(
        kind=arguments.kind, reason=arguments.reason, connector_id=arguments.connector, limit=arguments.limit
    )


def replay_letters(arguments: Namespace) -> int:
    filtered = arguments.reason is not None or arguments.connector is not None
    if bool(arguments.cursors) == arguments.all:
        arguments.wrong_usage("name the CURSORs to replay, or --all")
    if filtered and not arguments.all:
        arguments.wrong_usage("--reason and --connector go with --all")
    from connectors_local.dead import replay_all, replay_these

    if arguments.all:
        return replay_all(kind=arguments.kind, reason=arguments.reason, connector_id=arguments.connector)
    return replay_these(arguments.kind, arguments.cursors)


def run(arguments: Namespace) -> int:
    """0 when it was done, 1 when the executor did not answer or refused."""
    return int(arguments.act(arguments))


DEAD: Final = Command("dead", "look at dead letters and replay them", run, add_arguments)
