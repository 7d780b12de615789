"""One worker process as the event loop sees it: bytes in, answers out, and how it ended."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, cast

import msgspec

from connector_executor.transform.outcome import CRASHED, TransformFailure, out_of_memory
from connector_executor.transform.wire import Answer, AnswerStream, Settings

_PROGRAM: Final = str(Path(__file__).with_name("worker.py"))
_KEPT_ERROR_BYTES: Final = 4096
_KEPT_VARIABLES: Final = ("LD_LIBRARY_PATH",)
_ALLOCATION_FAILED: Final = (b"memory allocation of", b"MemoryError")


class WorkerProcess(asyncio.SubprocessProtocol):
    """Calls `on_answer` for every answer in order, then `on_end` once, after the last answer."""

    def __init__(self, on_answer: Callable[[Answer], None], on_end: Callable[[], None]) -> None:
        self._on_answer = on_answer
        self._on_end = on_end
        self._answers = AnswerStream()
        self._errors = b""
        self._transport: asyncio.SubprocessTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.SubprocessTransport, transport)

    def pipe_data_received(self, fd: int, data: bytes | str) -> None:
        chunk = cast(bytes, data)
        if fd == 2:
            self._errors = (self._errors + chunk)[:_KEPT_ERROR_BYTES]
            return
        for answer in self._answers.feed(chunk):
            self._on_answer(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        self._on_end()

    @property
    def pid(self) -> int | None:
        return self._transport.get_pid() if self._transport else None

    def send(self, data: bytes) -> None:
        """Sending to a process that has just ended does nothing; `on_end` follows."""
        pipe = self._transport.get_pipe_transport(0) if self._transport else None
        if pipe is not None and not pipe.is_closing():
            cast(asyncio.WriteTransport, pipe).write(data)

    def kill(self) -> None:
        if self._transport is not None and self._transport.get_returncode() is None:
            self._transport.kill()

    def release(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def failure(self) -> TransformFailure:
        """Why it ended, as the failure of the evaluation that ended it."""
        if any(sign in self._errors for sign in _ALLOCATION_FAILED):
            return out_of_memory()
        code = self._transport.get_returncode() if self._transport else None
        return TransformFailure(CRASHED, f"The transform ended its worker process ({_named(code)}).")


async def spawn(
    settings: Settings,
    memory_limit_bytes: int,
    on_answer: Callable[[Answer], None],
    on_end: Callable[[], None],
) -> WorkerProcess:
    """A process that inherits no file descriptor and no environment. Raises OSError."""
    arguments = [str(memory_limit_bytes), msgspec.json.encode(settings).decode()]
    _, process = await asyncio.get_running_loop().subprocess_exec(
        lambda: WorkerProcess(on_answer, on_end),
        sys.executable,
        "-I",
        _PROGRAM,
        *arguments,
        env={name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ},
        start_new_session=True,
    )
    return process


def cores() -> int:
    """The processor cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on macOS
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _named(return_code: int | None) -> str:
    if return_code is None or return_code >= 0:
        return f"exit status {return_code}"
    try:
        return signal.Signals(-return_code).name
    except ValueError:
        return f"signal {-return_code}"
