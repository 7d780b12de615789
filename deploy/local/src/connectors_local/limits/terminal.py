"""The story at a terminal: what is printed last, and the exit status."""

import asyncio

from connectors_local.commands.command import INTERRUPTED, CommandError
from connectors_local.demo.display import new_console
from connectors_local.demo.terminal import EXPECTED_FAILURES
from connectors_local.limits.display import Display
from connectors_local.limits.run import run_limits
from connectors_local.limits.script import Script
from connectors_local.limits.verdict import Verdict
from connectors_local.state import default_state


def show_limits(*, once: bool) -> int:
    """0 when every promise was seen to hold, 1 when not, 130 when interrupted before that was known."""
    display = Display(new_console())
    try:
        told = asyncio.run(run_limits(default_state(), display, Script(), once=once))
    except asyncio.CancelledError:
        return INTERRUPTED
    except (*EXPECTED_FAILURES, CommandError) as failure:
        display.say(str(failure))
        display.say(Verdict(type(failure).__name__, (str(failure),)).line())
        return 1
    display.say(told.verdict.line())
    return 0 if told.verdict.ok else 1
