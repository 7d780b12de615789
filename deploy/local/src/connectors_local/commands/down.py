"""`connectors down`: stop what `up` or `demo` started, however it was started or killed."""

import contextlib
import os
import signal
import time
from argparse import Namespace
from typing import Final

from connectors_local.commands.command import Command
from connectors_local.state import LocalState, StackRecord, StateInUseError, default_state

GRACE_SECONDS: Final = 40.0
POLL_SECONDS: Final = 0.05


def run(arguments: Namespace) -> int:
    state = default_state()
    record = state.running_record()
    if record is not None:
        stop_owner(state, record)
    orphans = end_orphans(state)
    if orphans:
        print(f"ended what a killed run had left: {', '.join(orphans)}")
    print("The stack is down." if record or orphans else "No stack was running.")
    return 0


def stop_owner(state: LocalState, record: StackRecord) -> None:
    """Ask, wait, and kill in the end; the orphans of a killed owner are ended next."""
    for number, seconds in ((signal.SIGTERM, GRACE_SECONDS), (signal.SIGKILL, 5.0)):
        deadline = time.monotonic() + seconds
        if record.owner_runs:
            with contextlib.suppress(ProcessLookupError):
                os.kill(record.owner_pid, number)
        while record.owner_runs and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)


def end_orphans(state: LocalState) -> list[str]:
    try:
        with state.owned() as orphans:
            return orphans
    except StateInUseError:
        return []


DOWN: Final = Command("down", "stop what `up` or `demo` started", run)
