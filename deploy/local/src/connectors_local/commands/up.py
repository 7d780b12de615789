"""`connectors up`: the stack in the background."""

import asyncio
import os
import subprocess
import sys
import time
from argparse import Namespace
from pathlib import Path
from typing import Final

from connectors_local.commands.command import Command, CommandError
from connectors_local.commands.status import describe
from connectors_local.console.building import build_beside
from connectors_local.console.links import sign_in_link
from connectors_local.downloads import DownloadError, kafka_jars
from connectors_local.folders import own_command
from connectors_local.processes import log_tail
from connectors_local.state import LocalState, StackRecord, default_state
from connectors_local.tokens import DEMO_WORKSPACE

DEADLINE_SECONDS: Final = 180.0
POLL_SECONDS: Final = 0.05


def run(arguments: Namespace) -> int:
    state = default_state()
    if (record := state.running_record()) is not None and record.status == "ready":
        print("The stack runs already.")
    else:
        record = start_in_background(state)
    print(describe(record))
    print(f"The console: {sign_in_link(record.registry_url, state.secrets().jwt_secret, DEMO_WORKSPACE)}")
    print(f'Next: eval "$({own_command()} env)"')
    return 0


def start_in_background(state: LocalState) -> StackRecord:
    """Start a detached supervisor and wait until everything answers. Raises CommandError."""
    fetch_in_the_foreground()
    state.create()
    log_path = state.logs / "stack.log"
    with log_path.open("wb") as log:
        daemon = subprocess.Popen(
            [sys.executable, "-m", "connectors_local.daemon"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "CONNECTORS_STATE_DIR": str(state.root)},
        )
    return wait_until_ready(state, daemon, log_path)


def fetch_in_the_foreground() -> None:
    """Here there is a terminal for the progress bar; the supervisor has none."""

    async def fetch_and_build() -> None:
        async with build_beside(print) as console:
            await kafka_jars()
            await console

    try:
        asyncio.run(fetch_and_build())
    except DownloadError as failure:
        raise CommandError(str(failure)) from failure


def wait_until_ready(state: LocalState, daemon: subprocess.Popen[bytes], log_path: Path) -> StackRecord:
    deadline = time.monotonic() + DEADLINE_SECONDS
    shown = 0
    while time.monotonic() < deadline:
        shown = echo_new_lines(log_path, shown)
        record = state.running_record()
        if record is not None and record.owner_pid == daemon.pid and record.status == "ready":
            daemon.returncode = 0  # it outlives us on purpose: not a child forgotten
            return record
        if daemon.poll() is not None:
            raise CommandError(f"the stack did not come up:\n{log_tail(log_path)}")
        time.sleep(POLL_SECONDS)
    daemon.terminate()
    raise CommandError(f"the stack was not ready within {DEADLINE_SECONDS:g} s:\n{log_tail(log_path)}")


def echo_new_lines(log_path: Path, shown: int) -> int:
    lines = log_path.read_text(errors="replace").splitlines()
    for line in lines[shown:]:
        if line.startswith("stack: "):
            print(line.removeprefix("stack: "), flush=True)
    return len(lines)


UP: Final = Command("up", "start the servers and services in the background", run)
