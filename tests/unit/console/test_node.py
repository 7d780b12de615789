"""What the console's tools are run by: it ends when nobody waits any more, and says what was wrong."""

import asyncio
import sys
from pathlib import Path

import pytest

from connectors_local.console import node
from connectors_local.console.node import ConsoleError, run
from connectors_local.processes import process_identity

DEAF = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
open(f"{os.getpid()}.{child.pid}", "w").close()
time.sleep(300)
"""
DEADLINE_SECONDS = 60


def pids_in(folder: Path) -> list[int]:
    return [int(pid) for path in folder.glob("*.*") for pid in path.name.split(".")]


@pytest.mark.parametrize("cancellations", [1, 2])
async def test_a_program_that_ignores_sigterm_ends_with_what_it_started(
    cancellations: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node, "GRACE_SECONDS", 0.1 if cancellations == 1 else 300)
    running = asyncio.create_task(run([sys.executable, "-c", DEAF], tmp_path))
    while not (pids := pids_in(tmp_path)):
        await asyncio.sleep(0.01)
    for _ in range(cancellations):
        running.cancel()
        await asyncio.sleep(0)
    await asyncio.wait([running], timeout=DEADLINE_SECONDS)
    assert running.cancelled()
    assert [process_identity(pid) for pid in pids] == [None, None]


async def test_what_fails_is_told_by_the_end_of_what_it_said(tmp_path: Path) -> None:
    program = "import sys; print(*range(100), sep='\\n', flush=True); sys.exit('no such page')"
    with pytest.raises(ConsoleError, match=r"failed:\n61\n(?s:.*)99\nno such page$"):
        await run([sys.executable, "-c", program], tmp_path)


@pytest.mark.parametrize("package", ["no_such_package", "json"])
def test_a_missing_node_is_said(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node, "PACKAGE", package)
    with pytest.raises(ConsoleError, match="make setup"):
        node.node()
