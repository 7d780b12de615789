"""`connectors`: the local stack from the command line."""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence

from connectors_local.commands import COMMANDS
from connectors_local.commands.command import INTERRUPTED, CommandError


def build_parser() -> ArgumentParser:
    parser = ArgumentParser(prog="connectors", description="The whole stack on one machine, without Docker.")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        added = commands.add_parser(command.name, help=command.summary, description=command.summary)
        command.arguments(added)
        added.set_defaults(run=command.run)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    parsed = build_parser().parse_args(arguments)
    try:
        return int(parsed.run(parsed))
    except CommandError as failure:
        print(f"connectors: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    raise SystemExit(main())
