"""`connectors npm`: a script of the console, by the Node.js and the packages of its lock."""

import asyncio
import subprocess
from argparse import REMAINDER, ArgumentParser, Namespace
from typing import Final

from connectors_local.commands.command import Command, CommandError
from connectors_local.console.building import console_folder, install_everything
from connectors_local.console.node import ConsoleError, environment, npm


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("words", nargs=REMAINDER, metavar="run SCRIPT", help="what npm is told: `run build:lib`")


def run(arguments: Namespace) -> int:
    """The exit status of npm, which has the terminal."""
    try:
        asyncio.run(install_everything())
        words = [*npm(), *arguments.words]
    except ConsoleError as failure:
        raise CommandError(str(failure)) from failure
    return subprocess.run(words, cwd=console_folder(), env=environment(), check=False).returncode


NPM: Final = Command("npm", "run a script of the console with the Node.js of the lock", run, add_arguments)
