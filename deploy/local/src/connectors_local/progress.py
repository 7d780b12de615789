"""How a download looks: a bar on a terminal, two plain lines elsewhere."""

import contextlib
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol, TextIO

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

MEGABYTE = 1_000_000


class TransferProgress(Protocol):
    def of(self, file_count: int, size_bytes: int) -> AbstractContextManager[None]:
        """Around the whole transfer."""

    def advance(self, byte_count: int) -> None:
        """Negative when received bytes turned out to be worthless."""


class SilentProgress:
    def of(self, file_count: int, size_bytes: int) -> AbstractContextManager[None]:
        return contextlib.nullcontext()

    def advance(self, byte_count: int) -> None:
        pass


class BarProgress:
    def __init__(self, what: str, console: Console) -> None:
        self.what = what
        columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn()
        self.bar = Progress(*columns, console=console, transient=True)
        self.task: TaskID | None = None

    @contextlib.contextmanager
    def of(self, file_count: int, size_bytes: int) -> Iterator[None]:
        with self.bar:
            self.task = self.bar.add_task(f"Fetching {self.what} ({file_count} files)", total=size_bytes)
            yield

    def advance(self, byte_count: int) -> None:
        if self.task is not None:
            self.bar.advance(self.task, byte_count)


class LineProgress:
    def __init__(self, what: str, stream: TextIO) -> None:
        self.what = what
        self.stream = stream

    @contextlib.contextmanager
    def of(self, file_count: int, size_bytes: int) -> Iterator[None]:
        self._say(f"fetching {self.what}: {file_count} files, {size_bytes / MEGABYTE:.1f} MB")
        started = time.monotonic()
        yield
        self._say(f"fetched {self.what} in {time.monotonic() - started:.1f} s")

    def advance(self, byte_count: int) -> None:
        pass

    def _say(self, line: str) -> None:
        print(line, file=self.stream, flush=True)


def transfer_progress(what: str, stream: TextIO | None = None) -> TransferProgress:
    """Writes to stderr, so that the output of a command stays clean."""
    stream = stream or sys.stderr
    return BarProgress(what, Console(file=stream)) if stream.isatty() else LineProgress(what, stream)
