"""Tests that run together, and one that runs alone among them."""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from queue import Empty, Queue

import pytest

from tests.workers import Turns

A_MOMENT = 0.1


class Runner:
    """Another worker: it takes its turn on a thread, says so, and leaves when it is told to."""

    def __init__(self, folder: Path, said: "Queue[str]", name: str, *, alone: bool) -> None:
        self.leave = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(Turns(folder), said, name, alone))
        self._thread.start()

    def _run(self, turns: Turns, said: "Queue[str]", name: str, alone: bool) -> None:
        with turns.turn(alone=alone):
            said.put(name)
            self.leave.wait(10)
        turns.close()

    def end(self) -> None:
        self.leave.set()
        self._thread.join()


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def test_who_runs_alone_waits_for_the_others_and_nobody_passes_him(tmp_path: Path, stack: ExitStack) -> None:
    said: Queue[str] = Queue()

    def start(name: str, *, alone: bool = False) -> Runner:
        runner = Runner(tmp_path, said, name, alone=alone)
        stack.callback(runner.end)
        return runner

    first, second = start("together"), start("together")
    assert [said.get(timeout=5), said.get(timeout=5)] == ["together", "together"]
    alone = start("alone", alone=True)
    until_held(tmp_path / "gate")
    assert nothing(said)
    first.end()
    assert nothing(said), "one of them still runs"
    later = start("later")
    assert nothing(said), "who comes later passes him"
    second.end()
    assert said.get(timeout=5) == "alone"
    assert nothing(said)
    alone.end()
    assert said.get(timeout=5) == "later"
    later.end()


def until_held(path: Path) -> None:
    """Somebody else has locked it."""
    with path.open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            fcntl.flock(file, fcntl.LOCK_UN)


def nothing(said: "Queue[str]") -> bool:
    try:
        said.get(timeout=A_MOMENT)
    except Empty:
        return True
    return False
