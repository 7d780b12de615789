"""What a command is."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

INTERRUPTED: Final = 130
"""The exit status of what Ctrl-C ended, as shells have it."""


def no_arguments(parser: ArgumentParser) -> None:
    """Most commands take none."""


class CommandError(Exception):
    """The command could not do what it was asked; the message is for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Command:
    """`run` returns the exit status and may raise CommandError."""

    name: str
    summary: str
    run: Callable[[Namespace], int]
    arguments: Callable[[ArgumentParser], None] = no_arguments
