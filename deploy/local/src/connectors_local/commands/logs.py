"""`connectors logs`: what the processes said."""

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from connectors_local.commands.command import Command, CommandError
from connectors_local.processes import log_tail
from connectors_local.state import default_state

POLL_SECONDS: Final = 0.2


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "names", nargs="*", help="registry, history, mapper, executor, flows, kafka-1, postgres, valkey …"
    )
    parser.add_argument("-n", "--lines", type=int, default=20, help="lines per log (default: 20)")
    parser.add_argument("-f", "--follow", action="store_true", help="keep printing what is added")


def run(arguments: Namespace) -> int:
    logs = chosen_logs(default_state().logs, arguments.names)
    positions = {path: path.stat().st_size for path in logs}
    for path in logs:
        print(f"==> {path.stem} <==\n{log_tail(path, arguments.lines)}")
    while arguments.follow:
        for path, position in positions.items():
            positions[path] = print_from(path, position)
        time.sleep(POLL_SECONDS)
    return 0


def chosen_logs(folder: Path, names: Sequence[str]) -> list[Path]:
    there = {path.stem: path for path in sorted(folder.glob("*.log"))}
    if unknown := [name for name in names if name not in there]:
        known = ", ".join(there) or "none yet"
        raise CommandError(f"no log named {', '.join(unknown)}; there are: {known}")
    return [there[name] for name in names] or list(there.values())


def print_from(path: Path, position: int) -> int:
    """Print what is new, each line with its source; returns the new position. A shorter file starts over."""
    size = path.stat().st_size
    with path.open(errors="replace") as file:
        file.seek(position if size >= position else 0)
        for line in file.read().splitlines():
            print(f"{path.stem}: {line}", flush=True)
    return size


LOGS: Final = Command("logs", "show what the processes said", run, add_arguments)
