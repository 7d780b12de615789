"""`connectors why`: why a connector does not run, or that it does."""

from argparse import ArgumentParser, Namespace
from typing import Final

from connectors_local.commands.command import Command


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("connector", help="its id or its exact name")


def run(arguments: Namespace) -> int:
    """0 when the executor knows the connector, 1 when it does not."""
    # Imported here: Kafka and HTTP clients take a second that the other commands need not wait.
    from connectors_local.operators.terminal import show_why

    return show_why(arguments.connector)


WHY: Final = Command("why", "say why a connector does not run", run, add_arguments)
