"""Processes under the clock: CPU time and memory, read from the kernel."""

import contextlib
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass

import psutil

from connectors_local.processes import ChildProcess

MIB = 2**20


def tree(pid: int) -> list[psutil.Process]:
    """The process and all below it; none when it has ended."""
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def cpu_seconds(processes: Iterable[psutil.Process]) -> dict[int, float]:
    """User and system time of all threads, by pid."""
    seconds = {}
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            seconds[process.pid] = float(times.user + times.system)
    return seconds


def our_seconds() -> float:
    """CPU time of everything that this run has started, ended processes included, and of the bench itself."""
    total = 0.0
    for process in tree(os.getpid()):
        with contextlib.suppress(psutil.NoSuchProcess):
            total += sum(process.cpu_times()[:4])
    return total


def cpu_between(before: dict[int, float], after: dict[int, float]) -> float:
    """Of the processes that were there at both moments."""
    return sum(after[pid] - before[pid] for pid in before.keys() & after.keys())


def busy_seconds() -> float:
    """What all cores of the machine have worked since it started."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - times.iowait - times.guest - times.guest_nice)


def resident_bytes(child: ChildProcess) -> int:
    """Of the process itself, as the operating system's limits count it."""
    return int(psutil.Process(child.pid).memory_info().rss)


def proportional_bytes(child: ChildProcess) -> int:
    """Of the process and all below it, pages that they share counted once."""
    return sum(int(process.memory_full_info().pss) for process in tree(child.pid))


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at everything: the processes under the clock, those beside them, the machine."""

    moment: float
    finished: int
    subjects: dict[int, float]
    beside: dict[str, dict[int, float]]
    ours: float
    machine: float

    @staticmethod
    def take(finished: int, subjects: Iterable[ChildProcess], beside: Iterable[ChildProcess]) -> "Reading":
        moment = time.perf_counter()
        subject_times = cpu_seconds(process for child in subjects for process in tree(child.pid))
        beside_times = {child.name: cpu_seconds(tree(child.pid)) for child in beside if child.running}
        return Reading(moment, finished, subject_times, beside_times, our_seconds(), busy_seconds())
