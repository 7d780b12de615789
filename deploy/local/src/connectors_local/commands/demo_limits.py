"""`connectors demo-limits`: watch noisy connectors not delay the others."""

from argparse import ArgumentParser, Namespace
from typing import Final

from connectors_local.commands.command import Command


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="exit by itself: 0 only if every promise was kept")


def run(arguments: Namespace) -> int:
    # Imported here: Kafka and HTTP clients take a second that the other commands need not wait.
    from connectors_local.limits.terminal import show_limits

    return show_limits(once=arguments.once)


DEMO_LIMITS: Final = Command(
    "demo-limits", "show a limited, a hanging and a failing connector beside healthy ones", run, add_arguments
)
