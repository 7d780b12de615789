"""`connectors demo`: watch a hundred contacts go the whole way."""

from argparse import ArgumentParser, Namespace
from typing import Final

from connectors_local.commands.command import Command


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="exit by itself: 0 only if all contacts are right")


def run(arguments: Namespace) -> int:
    # Imported here: Kafka and HTTP clients take a second that the other commands need not wait.
    from connectors_local.demo.terminal import show_demo

    return show_demo(once=arguments.once)


DEMO: Final = Command("demo", "run the whole path on a hundred contacts and show it", run, add_arguments)
