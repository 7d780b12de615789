"""A newcomer types `make demo ONCE=1`: a hundred contacts change, for real, and nothing is left behind."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

PROJECT = Path(__file__).parents[2]


def connectors(*arguments: str, state: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "connectors_local.cli", *arguments],
        env=os.environ | {"CONNECTORS_STATE_DIR": str(state)},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )


def processes_of(state: Path) -> list[str]:
    """Command lines of what still runs with this state folder in it."""
    found = []
    for process in psutil.process_iter(["cmdline", "environ"]):
        words = " ".join(process.info["cmdline"] or [])
        if str(state) in words or (process.info["environ"] or {}).get("CONNECTORS_STATE_DIR") == str(state):
            found.append(words)
    return found


@pytest.mark.timeout(200)
def test_a_hundred_contacts_hold_what_the_apis_gave(tmp_path: Path) -> None:
    finished = connectors("demo", "--once", state=tmp_path)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    said = finished.stdout.rstrip().splitlines()
    assert said[-1].startswith("demo: ok 100/100"), finished.stdout
    assert [line.split()[1] for line in said if line.startswith("history: ")] == ["enrich:", "offer:"]
    assert processes_of(tmp_path) == []
