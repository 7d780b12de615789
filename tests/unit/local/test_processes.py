import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import psutil
import pytest

from connectors_local.processes import (
    ChildProcess,
    ProcessRecord,
    Supervisor,
    process_identity,
    reap_orphans,
)

LINUX_ONLY = pytest.mark.skipif(sys.platform != "linux", reason="parent-death signals are Linux's")
SLEEPER = [sys.executable, "-c", "import time; time.sleep(300)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('deaf', flush=True)\ntime.sleep(300)",
]
PARENT_OF_ONE = [
    sys.executable,
    "-c",
    "import subprocess, sys, time\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)'])\n"
    "print(child.pid, flush=True)\n"
    "time.sleep(300)",
]
SUPERVISOR_PROGRAM = """
import sys, time
from pathlib import Path
from connectors_local.processes import Supervisor
supervisor = Supervisor(Path(sys.argv[1]))
sleeper = [sys.executable, "-c", "import time; time.sleep(300)"]
child = supervisor.spawn("victim", sleeper, log_path=Path(sys.argv[2]))
print(child.pid, flush=True)
time.sleep(300)
"""


T = TypeVar("T")


def wait_for(condition: Callable[[], T], seconds: float = 10) -> T:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.005)
    return found


def is_gone(pid: int) -> bool:
    return process_identity(pid) is None


def first_line(path: Path) -> str:
    return wait_for(lambda: path.read_text().partition("\n")[0])


@pytest.fixture
def sleeper(supervisor: Supervisor, tmp_path: Path) -> ChildProcess:
    return supervisor.spawn("sleeper", SLEEPER, log_path=tmp_path / "sleeper.log")


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(SLEEPER, start_new_session=True)
    yield process
    process.kill()
    process.wait()


def test_a_child_leads_its_own_session_and_is_written_down(supervisor: Supervisor, sleeper: ChildProcess) -> None:
    assert os.getsid(sleeper.pid) == os.getpgid(sleeper.pid) == sleeper.pid
    [record] = supervisor.records.glob("*.json")
    assert json.loads(record.read_text())["identity"] == process_identity(sleeper.pid)


async def test_stopping_ends_the_child_and_forgets_it(supervisor: Supervisor, sleeper: ChildProcess) -> None:
    await supervisor.stop_all()
    assert is_gone(sleeper.pid)
    assert list(supervisor.records.iterdir()) == []


async def test_a_deaf_child_is_killed_after_its_grace(supervisor: Supervisor, tmp_path: Path) -> None:
    child = supervisor.spawn("deaf", STUBBORN, log_path=tmp_path / "deaf.log")
    first_line(child.log_path)
    await child.stop(grace_seconds=0.1)
    assert child.popen.returncode == -signal.SIGKILL


async def test_a_paused_child_can_be_stopped(sleeper: ChildProcess) -> None:
    sleeper.pause()
    wait_for(lambda: psutil.Process(sleeper.pid).status() == psutil.STATUS_STOPPED)
    await sleeper.stop()
    assert sleeper.popen.returncode == -signal.SIGTERM


def test_resuming_continues_a_paused_child(sleeper: ChildProcess) -> None:
    sleeper.pause()
    wait_for(lambda: psutil.Process(sleeper.pid).status() == psutil.STATUS_STOPPED)
    sleeper.resume()
    wait_for(lambda: psutil.Process(sleeper.pid).status() != psutil.STATUS_STOPPED)


def test_killing_a_child_ends_its_own_children(supervisor: Supervisor, tmp_path: Path) -> None:
    child = supervisor.spawn("parent", PARENT_OF_ONE, log_path=tmp_path / "parent.log")
    grandchild = int(first_line(child.log_path))
    child.kill()
    wait_for(lambda: is_gone(grandchild))


def test_grandchildren_of_a_crashed_child_are_ended(supervisor: Supervisor, tmp_path: Path) -> None:
    child = supervisor.spawn("parent", PARENT_OF_ONE, log_path=tmp_path / "parent.log")
    grandchild = int(first_line(child.log_path))
    os.kill(child.pid, signal.SIGKILL)
    child.popen.wait()
    assert not is_gone(grandchild)
    child.kill()
    wait_for(lambda: is_gone(grandchild))


@pytest.fixture
def killed_supervisor(tmp_path: Path) -> tuple[Path, int]:
    """A supervisor killed with SIGKILL: its record folder, and the pid of its child."""
    records = tmp_path / "killed"
    arguments = [sys.executable, "-c", SUPERVISOR_PROGRAM, str(records), str(tmp_path / "victim.log")]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as supervisor:
        assert supervisor.stdout is not None
        victim = int(supervisor.stdout.readline())
        wait_for(lambda: "launcher.py" not in " ".join(psutil.Process(victim).cmdline()))
        supervisor.kill()
    return records, victim


@LINUX_ONLY
def test_children_of_a_killed_supervisor_die_with_it(killed_supervisor: tuple[Path, int]) -> None:
    _, victim = killed_supervisor
    wait_for(lambda: is_gone(victim))


def test_records_of_a_killed_run_are_cleared(killed_supervisor: tuple[Path, int]) -> None:
    records, victim = killed_supervisor
    reap_orphans(records)
    wait_for(lambda: is_gone(victim))
    assert list(records.iterdir()) == []


def record_of(process: subprocess.Popen[bytes], folder: Path, identity: str | None = None) -> None:
    folder.mkdir(exist_ok=True)
    actual = identity or process_identity(process.pid)
    assert actual is not None
    ProcessRecord("orphan", process.pid, actual, sys.executable).save(folder)


def test_a_recorded_orphan_is_ended(bystander: subprocess.Popen[bytes], tmp_path: Path) -> None:
    record_of(bystander, tmp_path / "records")
    assert reap_orphans(tmp_path / "records") == ["orphan"]
    assert is_gone(bystander.pid)


def test_a_recycled_pid_is_left_alone(bystander: subprocess.Popen[bytes], tmp_path: Path) -> None:
    record_of(bystander, tmp_path / "records", identity="another-boot:12345")
    assert reap_orphans(tmp_path / "records") == []
    assert bystander.poll() is None
    assert list((tmp_path / "records").iterdir()) == []


def test_an_unreadable_record_does_not_block_the_next_run(tmp_path: Path) -> None:
    (tmp_path / "half.json").write_text('{"name": "x", ')
    assert reap_orphans(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_the_environment_is_added_to_ours(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INHERITED", "one")
    program = "import os; print(os.environ['INHERITED'], os.environ['ADDED'], flush=True)"
    child = supervisor.spawn(
        "env", [sys.executable, "-c", program], log_path=tmp_path / "env.log", environment={"ADDED": "two"}
    )
    assert first_line(child.log_path) == "one two"
