"""No line is lost on the way out: at the end of a process, before it ends itself, and when the loop goes on."""

import asyncio
import io
import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

from connectors_shared.runtime import log_lines
from connectors_shared.runtime.log_lines import LogLines

PROGRAM = """
import asyncio, os, sys
from connectors_shared.runtime.logging import configure_logging, get_logger

async def main():
    configure_logging("connectors-test")
    for number in range(3):
        get_logger("somewhere").info("thing.seen", number=number)
    {ending}

asyncio.run(main())
"""


class Pipe(io.RawIOBase):
    """Standard output as another process sees it: what has left ours."""

    def __init__(self) -> None:
        self.arrived = b""
        self.came = asyncio.Event()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        self.arrived += bytes(data)  # type: ignore[call-overload]
        self.came.set()
        return len(data)  # type: ignore[arg-type]


class Gone(Pipe):
    def write(self, data: object) -> int:
        raise BrokenPipeError


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Pipe:
    pipe = Pipe()
    out = SimpleNamespace(buffer=io.BufferedWriter(pipe))
    monkeypatch.setattr(log_lines, "sys", SimpleNamespace(stdout=out))
    return pipe


@pytest.mark.parametrize("ending", ["pass", "sys.stdout.flush(); os._exit(0)", "get_logger('x').error('end')"])
def test_lines_written_just_before_the_end_arrive(ending: str) -> None:
    finished = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(ending=ending)], capture_output=True, text=True, timeout=60, check=True
    )
    events = [json.loads(line) for line in finished.stdout.splitlines()]
    assert [event["number"] for event in events if event["event"] == "thing.seen"] == [0, 1, 2]


async def test_lines_of_a_busy_loop_leave_together_and_soon(pipe: Pipe) -> None:
    lines = LogLines()
    lines.info(b"one")
    lines.info(b"two")
    assert pipe.arrived == b""
    await pipe.came.wait()
    assert pipe.arrived == b"one\ntwo\n"


async def test_a_warning_leaves_at_once_behind_what_waited(pipe: Pipe) -> None:
    lines = LogLines()
    lines.info(b"one")
    lines.warning(b"two")
    assert pipe.arrived == b"one\ntwo\n"
    lines.info(b"three")
    pipe.came.clear()
    await pipe.came.wait()
    assert pipe.arrived == b"one\ntwo\nthree\n"


def test_without_a_loop_every_line_leaves_at_once(pipe: Pipe) -> None:
    LogLines().info(b"one")
    assert pipe.arrived == b"one\n"


def test_a_loop_that_ended_early_holds_no_later_line_back(pipe: Pipe) -> None:
    lines = LogLines()

    async def say() -> None:
        lines.info(b"one")

    asyncio.run(say())
    lines.info(b"two")
    assert pipe.arrived == b"one\ntwo\n"


def test_output_that_is_gone_fails_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = SimpleNamespace(buffer=io.BufferedWriter(Gone(), buffer_size=1))
    monkeypatch.setattr(log_lines, "sys", SimpleNamespace(stdout=gone))
    lines = LogLines()
    lines.info(b"one")
    lines.warning(b"two")
    gone.buffer.detach()
    lines.warning(b"three")
