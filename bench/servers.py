"""The real servers of a run, and how processes are started beside them."""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors_local.processes import ChildProcess, Supervisor, log_tail
from connectors_local.testservers import ServerKind, ServerPool

POLL_SECONDS = 0.05


@dataclass(slots=True)
class Servers:
    """Where Kafka, Valkey and Postgres are, and what starts processes."""

    kafka: str
    valkey: str
    postgres: str
    folder: Path
    supervisor: Supervisor

    def spawn(self, name: str, arguments: list[str], environment: Mapping[str, str] | None = None) -> ChildProcess:
        """A Python process of ours; its output goes to a file of the run."""
        return self.supervisor.spawn(
            name.rpartition(".")[2],
            [sys.executable, *arguments],
            log_path=self.folder / f"{name}.log",
            environment=environment,
            working_directory=Path.cwd(),
        )

    def others(self, children: list[ChildProcess]) -> list[ChildProcess]:
        """What runs beside `children`: the servers and the upstream."""
        return [child for child in self.supervisor.children if child not in children and child.running]


@asynccontextmanager
async def open_servers(folder: Path) -> AsyncIterator[Servers]:
    pool = ServerPool(folder)
    await pool.ensure([ServerKind.KAFKA, ServerKind.VALKEY, ServerKind.POSTGRES])
    addresses = pool.addresses
    try:
        yield Servers(
            addresses[ServerKind.KAFKA],
            addresses[ServerKind.VALKEY],
            addresses[ServerKind.POSTGRES],
            folder,
            pool.supervisor,
        )
    finally:
        await pool.stop()


@asynccontextmanager
async def a_postgres() -> AsyncIterator[str]:
    """For what measures a piece by itself: the one of `DATABASE_URL`, else an embedded one."""
    if url := os.environ.get("DATABASE_URL"):
        yield url
        return
    with tempfile.TemporaryDirectory() as folder:
        pool = ServerPool(Path(folder))
        await pool.ensure([ServerKind.POSTGRES])
        try:
            yield pool.addresses[ServerKind.POSTGRES]
        finally:
            await pool.stop()


async def until(
    condition: Callable[[], Coroutine[Any, Any, bool]],
    what: str,
    children: list[ChildProcess],
    timeout_seconds: float,
    *,
    poll_seconds: float = POLL_SECONDS,
) -> None:
    """Poll until it holds. RuntimeError when a child ends meanwhile, or the time does."""
    deadline = asyncio.get_running_loop().time() + timeout_seconds
    while not await condition():
        for child in children:
            if not child.running:
                raise RuntimeError(f"{child.name} ended while waiting for {what}:\n{log_tail(child.log_path)}")
        if asyncio.get_running_loop().time() > deadline:
            logs = "\n".join(log_tail(child.log_path, 10) for child in children)
            raise RuntimeError(f"no {what} within {timeout_seconds:g} s. The logs end with:\n{logs}")
        await asyncio.sleep(poll_seconds)
