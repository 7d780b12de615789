"""Where log lines leave the process: standard output, gathered for an instant while an event loop runs.

A system call for every line costs more than making the line. A warning and what is worse leaves at once, and so
does everything when no loop runs; what is left at the end of the process, the interpreter writes.
"""

import asyncio
import sys

GATHER_SECONDS = 0.05


class LogLines:
    """The logger at the end of structlog's chain. Output that is gone or full never fails who logs."""

    def __init__(self) -> None:
        self._gathering: asyncio.AbstractEventLoop | None = None

    def info(self, line: bytes) -> None:
        self._write(line + b"\n")
        if self._gathering is not None and self._gathering.is_running():
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._flush()
            return
        self._gathering = loop
        loop.call_later(GATHER_SECONDS, self._flush)

    def warning(self, line: bytes) -> None:
        self._write(line + b"\n")
        self._flush()

    debug = info
    error = critical = warning

    def _write(self, line: bytes) -> None:
        try:
            sys.stdout.buffer.write(line)
        except (OSError, ValueError):
            return

    def _flush(self) -> None:
        self._gathering = None
        try:
            sys.stdout.buffer.flush()
        except (OSError, ValueError):
            return
