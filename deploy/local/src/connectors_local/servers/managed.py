"""What every server has in common: prepare, spawn, wait until it answers, stop, kill, pause, restart."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import psutil

from connectors_local.ports import free_port, release_port
from connectors_local.processes import ChildProcess, Supervisor, log_tail

READY_DEADLINE_SECONDS: Final = 60.0
PROBE_INTERVAL_SECONDS: Final = 0.05
START_ATTEMPTS: Final = 3


class ServerStartError(Exception):
    """The server ended, or did not answer in time. The message holds the end of its log."""

    def __init__(self, name: str, reason: str, log_path: Path) -> None:
        super().__init__(f"{name} {reason}. The end of {log_path}:\n{log_tail(log_path)}")
        self.name = name
        self.log_path = log_path
        self.lost_its_port = "address already in use" in str(self).lower()


class ManagedServer(ABC):
    """One server process on loopback with its own data folder and log.

    `ports` maps each listener to its port, chosen at the first start and kept across restarts.
    """

    def __init__(
        self,
        name: str,
        supervisor: Supervisor,
        folder: Path,
        *,
        log_path: Path | None = None,
        preferred_ports: Mapping[str, int | None],
    ) -> None:
        self.name = name
        self.supervisor = supervisor
        self.folder = folder.resolve()
        self.log_path = log_path or folder.with_name(f"{folder.name}.log")
        self.preferred_ports = dict(preferred_ports)
        self.ports: dict[str, int] = {}
        self.child: ChildProcess | None = None

    @abstractmethod
    async def prepare(self) -> None:
        """Make the data folder and the configuration for the current ports. Runs before every start."""

    @abstractmethod
    def spawn(self) -> ChildProcess: ...

    @abstractmethod
    async def answers(self) -> bool:
        """True once a client would be served. Must return within about a second."""

    @property
    def running(self) -> bool:
        return self.child is not None and self.child.running

    async def start(self, deadline_seconds: float = READY_DEADLINE_SECONDS) -> None:
        """Start and wait until it answers. Raises ServerStartError."""
        await start_on_free_ports([self], lambda: self._start_once(deadline_seconds))

    def prefer(self, ports: Mapping[str, int]) -> None:
        """Of its listeners, before it starts for the first time."""
        self.preferred_ports |= {listener: ports[listener] for listener in self.preferred_ports if listener in ports}

    def choose_ports(self) -> None:
        if not self.ports:
            self.ports = {listener: free_port(port) for listener, port in self.preferred_ports.items()}

    def forget_ports(self) -> None:
        self.release_ports()
        self.preferred_ports = dict.fromkeys(self.preferred_ports)

    async def _start_once(self, deadline_seconds: float) -> None:
        if self.running:
            raise RuntimeError(f"{self.name} runs already")
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        await self.prepare()
        self.child = self.spawn()
        try:
            await self._wait_until_it_answers(self.child, deadline_seconds)
        except BaseException:
            self.kill()
            raise

    async def _wait_until_it_answers(self, child: ChildProcess, deadline_seconds: float) -> None:
        deadline = time.monotonic() + deadline_seconds
        while not (await self.answers() and self._is_listening(child)):
            if not child.running:
                raise ServerStartError(self.name, f"ended with status {child.popen.returncode}", self.log_path)
            if time.monotonic() > deadline:
                raise ServerStartError(self.name, f"did not answer within {deadline_seconds:g} s", self.log_path)
            await asyncio.sleep(PROBE_INTERVAL_SECONDS)

    def _is_listening(self, child: ChildProcess) -> bool:
        """Who answers is ours: another program may have bound the port after it was chosen."""
        try:
            connections = psutil.Process(child.popen.pid).net_connections("tcp")
        except psutil.Error:
            return False
        bound = {connection.laddr.port for connection in connections if connection.status == psutil.CONN_LISTEN}
        return bound.issuperset(self.ports.values())

    async def stop(self, grace_seconds: float = 10.0) -> None:
        if self.child is not None:
            await self.child.stop(grace_seconds)

    def kill(self) -> None:
        """SIGKILL, as a crash or the out-of-memory killer would."""
        if self.child is not None:
            self.child.kill()

    def pause(self) -> None:
        """SIGSTOP: connections stay open and nothing answers, as on a hung or cut-off machine."""
        if self.child is not None:
            self.child.pause()

    def resume(self) -> None:
        if self.child is not None:
            self.child.resume()

    async def restart(self) -> None:
        """Stop if it runs, and start on the same ports and data."""
        await self.stop()
        await self.start()

    def release_ports(self) -> None:
        for port in self.ports.values():
            release_port(port)
        self.ports = {}


async def start_on_free_ports(servers: Sequence[ManagedServer], start: Callable[[], Awaitable[None]]) -> None:
    """Choose ports and start; choose others if somebody else bound one of them first.

    Servers that have started before keep their ports.
    """
    may_move = not any(server.ports for server in servers)
    for attempt in range(1, START_ATTEMPTS + 1):
        for server in servers:
            server.choose_ports()
        try:
            await start()
            return
        except ServerStartError as failure:
            if attempt == START_ATTEMPTS or not (may_move and failure.lost_its_port):
                raise
        for server in servers:
            server.forget_ports()


async def port_accepts(host: str, port: int) -> bool:
    """Whether something listens there: cheaper than a client that logs each refused attempt."""
    try:
        async with asyncio.timeout(1):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
