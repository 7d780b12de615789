"""`connectors env`: shell exports of the running stack, for `eval "$(connectors env)"`."""

from argparse import Namespace
from typing import Final

from connectors_local.commands.command import Command, CommandError
from connectors_local.exports import shell_exports, stack_environment
from connectors_local.state import default_state


def run(arguments: Namespace) -> int:
    state = default_state()
    record = state.running_record()
    if record is None or record.status != "ready":
        raise CommandError("no stack is running; start one with `make up` or `make demo`")
    print(shell_exports(stack_environment(record, state.secrets())))
    return 0


ENV: Final = Command("env", "print shell exports of the running stack", run)
