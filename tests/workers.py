"""What the workers of one run share: the real servers, and turns for tests that must be alone on the machine.

With `pytest -n` the controller starts workers, which each collect all tests and are then given files of them. They
tell each other by files in a folder that the controller makes: before the first test runs, it reads which servers are
wanted, starts them once, and writes their addresses there. They are its own children, so no worker's end ends them.
"""

import asyncio
import contextlib
import fcntl
import json
import os
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest

from connectors_local.launcher import die_with
from connectors_local.testservers import ServerKind, ServerPool

FOLDER: Final = "connectors_folder"
ADDRESSES: Final = "addresses.json"
MOST_WORKERS: Final = 4


def number_of_workers() -> int:
    """One more than processors: tests on servers wait for half of their time."""
    return min(MOST_WORKERS, (os.cpu_count() or 1) + 1)


class Controller:
    """Registered where `-n` is given; not in the workers."""

    def __init__(self) -> None:
        self._temporary = TemporaryDirectory(prefix="connectors-tests-", ignore_cleanup_errors=True)
        self._folder = Path(self._temporary.name)
        self._pool = ServerPool(self._folder / "servers")

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput[FOLDER] = str(self._folder)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self) -> None:
        """No test is handed out before this has returned for every worker."""
        wanted = {ServerKind(name) for path in self._folder.glob("wanted-*") for name in json.loads(path.read_text())}
        asyncio.run(self._pool.ensure(wanted))
        write_whole(self._folder / ADDRESSES, self._pool.addresses)

    def pytest_unconfigure(self) -> None:
        asyncio.run(self._pool.stop())
        self._temporary.cleanup()


class Worker:
    """One of the processes that run tests. It ends with the controller, and so does what it has started."""

    def __init__(self, config: pytest.Config) -> None:
        given = config.workerinput  # type: ignore[attr-defined]
        self._name: str = given["workerid"]
        self._folder = Path(given[FOLDER])
        self._turns = Turns(self._folder)
        die_with(os.getppid(), signal.SIGKILL)

    def want(self, kinds: Iterable[ServerKind]) -> None:
        write_whole(self._folder / f"wanted-{self._name}", sorted(kinds))

    def addresses(self) -> dict[ServerKind, str]:
        found = json.loads((self._folder / ADDRESSES).read_text())
        return {ServerKind(kind): address for kind, address in found.items()}

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Outside of what the time-out of a test counts."""
        with self._turns.turn(alone=item.get_closest_marker("alone") is not None):
            return (yield)


class Turns:
    """Tests run together, or one of them alone. Whoever waits to be alone holds the gate: nobody passes him."""

    def __init__(self, folder: Path) -> None:
        self._gate = (folder / "gate").open("w")
        self._machine = (folder / "machine").open("w")

    @contextlib.contextmanager
    def turn(self, *, alone: bool) -> Iterator[None]:
        fcntl.flock(self._gate, fcntl.LOCK_EX)
        try:
            fcntl.flock(self._machine, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        finally:
            fcntl.flock(self._gate, fcntl.LOCK_UN)
        try:
            yield
        finally:
            fcntl.flock(self._machine, fcntl.LOCK_UN)

    def close(self) -> None:
        self._gate.close()
        self._machine.close()


def write_whole(path: Path, content: Any) -> None:
    """Who reads it at the same time finds all of it or nothing."""
    part = path.with_name(f".{path.name}")
    part.write_text(json.dumps(content))
    part.replace(path)
