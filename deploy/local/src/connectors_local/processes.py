"""Child processes: each in its own session, written down, and gone when we are gone.

Four nets, because any one of them can be cut: `stop` on the way out, `atexit`, the kernel's parent-death
signal (Linux) when we are killed, and `reap_orphans` at the next start for what is left even then.
"""

import asyncio
import atexit
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import psutil

LAUNCHER: Final = Path(__file__).with_name("launcher.py")
POLL_SECONDS: Final = 0.02
KILL_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Account:
    """The system user a child runs as."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class ProcessRecord:
    """What is remembered of a child. `identity` tells it from a later process with the same pid."""

    name: str
    pid: int
    identity: str
    executable: str

    def save(self, folder: Path) -> Path:
        path = folder / f"{self.name}-{self.pid}.json"
        path.write_text(json.dumps(asdict(self)))
        return path


def process_identity(pid: int) -> str | None:
    """A value no other process with this pid ever has; None when there is no such process, or its zombie."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        if sys.platform != "linux":
            return str(process.create_time())
        # Ticks since boot, unlike psutil's create_time, do not move when the wall clock is corrected.
        ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
        return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()}:{ticks}"
    except (psutil.NoSuchProcess, OSError):
        return None


@dataclass(slots=True)
class ChildProcess:
    """A running (or ended) child. Its pid is also its session and its process group."""

    name: str
    popen: subprocess.Popen[bytes]
    log_path: Path
    stop_signal: signal.Signals
    record: ProcessRecord
    record_path: Path

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def running(self) -> bool:
        return self.popen.poll() is None

    def signal_group(self, number: signal.Signals) -> None:
        """Only while the leader is ours to wait for: until then its pid cannot name anybody else's group."""
        if self.running:
            os.killpg(self.pid, number)

    def pause(self) -> None:
        self.signal_group(signal.SIGSTOP)

    def resume(self) -> None:
        self.signal_group(signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL the whole group and wait for its end, also of members that outlived the leader."""
        if not self.record_path.exists():
            return
        self.signal_group(signal.SIGKILL)
        self.popen.wait()
        kill_processes(session_members(self.record))
        self.record_path.unlink(missing_ok=True)

    async def wait(self, timeout_seconds: float) -> bool:
        """True once it has ended, False at the deadline."""
        deadline = time.monotonic() + timeout_seconds
        while self.running:
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(POLL_SECONDS)
        return True

    async def stop(self, grace_seconds: float = 10.0) -> None:
        """Ask the leader to end, give it `grace_seconds`, then kill whatever is left of the group."""
        if self.running:
            self.popen.send_signal(self.stop_signal)
            self.resume()
            await self.wait(grace_seconds)
        self.kill()


def log_tail(path: Path, line_count: int = 30) -> str:
    with contextlib.suppress(OSError):
        return "\n".join(path.read_text(errors="replace").splitlines()[-line_count:])
    return ""


@dataclass(slots=True)
class Supervisor:
    """Starts children, records each in `records`, and ends them all.

    Spawn from the main thread: the kernel's parent-death signal follows the thread, not the process.
    """

    records: Path
    children: list[ChildProcess] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.records.mkdir(parents=True, exist_ok=True)
        self.records = self.records.resolve()
        atexit.register(self.kill_all)

    def spawn(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        log_path: Path,
        environment: Mapping[str, str] | None = None,
        withheld: Collection[str] = (),
        working_directory: Path | None = None,
        account: Account | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        death_signal: signal.Signals = signal.SIGKILL,
    ) -> ChildProcess:
        """Start `command` in a session of its own, its output appended to `log_path`.

        `environment` is added to ours, of which the names in `withheld` are left out. `stop_signal` asks it to end;
        `death_signal` reaches it when we die.
        """
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("spawn from the main thread: a child dies with the thread that started it")
        log_path.parent.mkdir(parents=True, exist_ok=True)
        with log_path.open("ab") as log:
            popen = subprocess.Popen(
                launch_command(command, account, death_signal),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**_without(withheld), **(environment or {})},
                cwd=working_directory,
                start_new_session=True,
            )
        record = ProcessRecord(name, popen.pid, process_identity(popen.pid) or "ended", str(command[0]))
        child = ChildProcess(name, popen, log_path, stop_signal, record, record.save(self.records))
        self.children = [other for other in self.children if other.record_path.exists()] + [child]
        return child

    async def stop_all(self, grace_seconds: float = 10.0) -> None:
        """Stop every child, all at once. Stop dependants first yourself where the order matters."""
        await asyncio.gather(*(child.stop(grace_seconds) for child in self.children))
        self.close()

    def kill_all(self) -> None:
        for child in self.children:
            child.kill()
        self.close()

    def close(self) -> None:
        self.children.clear()
        atexit.unregister(self.kill_all)


def _without(names: Collection[str]) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in names}


def launch_command(command: Sequence[str | Path], account: Account | None, death_signal: signal.Signals) -> list[str]:
    plan = {
        "parent": os.getpid(),
        "death_signal": int(death_signal),
        "uid": account.uid if account else None,
        "gid": account.gid if account else None,
    }
    return [sys.executable, "-I", "-S", str(LAUNCHER), json.dumps(plan), *map(str, command)]


def reap_orphans(records: Path) -> list[str]:
    """Kill what a killed run left behind and forget its records. Returns the names of what was still running.

    A process is ours only if its start time matches the record, so a recycled pid is never touched.
    """
    reaped: list[str] = []
    for path in sorted(records.glob("*.json")):
        with contextlib.suppress(ValueError, TypeError, KeyError):
            record = ProcessRecord(**json.loads(path.read_text()))
            members = session_members(record)
            kill_processes(members)
            reaped += [record.name] if members else []
        path.unlink(missing_ok=True)
    return reaped


def kill_processes(processes: Sequence[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    deadline = time.monotonic() + KILL_SECONDS
    # Not psutil.wait_procs: it waits for zombies too, and they stay where the first process reaps none.
    while any(process_identity(process.pid) for process in processes) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def session_members(record: ProcessRecord) -> list[psutil.Process]:
    """The recorded process with its group, or what is left of the group when the process itself has ended."""
    identity = process_identity(record.pid)
    if identity is not None and identity != record.identity:
        return []
    return [process for process in psutil.process_iter() if belongs_to(record, process, identity is not None)]


def belongs_to(record: ProcessRecord, process: psutil.Process, leader_runs: bool) -> bool:
    """While the leader runs its pid names the session for certain; afterwards the program must match too."""
    try:
        if os.getsid(process.pid) != record.pid or process.status() == psutil.STATUS_ZOMBIE:
            return False
        return leader_runs or Path(process.exe()) == Path(record.executable).resolve()
    except (ProcessLookupError, PermissionError, psutil.Error):
        return False
