"""Servers for a test session: the address from the environment, else a container, else embedded.

They start on first use, together, and live as long as the session. Tests do not get a server each but a
database, a topic prefix and a key prefix each.
"""

import asyncio
import contextlib
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import asyncpg

from connectors_local import containers
from connectors_local.concurrency import all_or_first_failure
from connectors_local.database_users import administrator, allow, as_user, make_user
from connectors_local.downloads import kafka_jars
from connectors_local.processes import Supervisor
from connectors_local.servers import KafkaCluster, PostgresServer, ValkeyServer
from connectors_local.services import FLOW_ENGINE, SERVICES

STOP_GRACE_SECONDS: Final = 3.0
SERVICES_USER: Final = "test_services"


class ServerKind(StrEnum):
    """The value is the environment variable that may name a running one: not the services' own, so that nobody who has
    the addresses of a running stack in his shell tests on its data.
    """

    KAFKA = "TEST_KAFKA_BOOTSTRAP_SERVERS"
    POSTGRES = "TEST_DATABASE_URL"
    VALKEY = "TEST_REDIS_URL"


class Stoppable(Protocol):
    async def stop(self) -> None: ...


@dataclass(slots=True)
class ServerPool:
    """The servers of one session. `folder` takes their data; `addresses` fills as they start."""

    folder: Path
    addresses: dict[ServerKind, str] = field(default_factory=dict)
    _supervisor: Supervisor | None = None
    _containers: list[Stoppable] = field(default_factory=list)
    _starting: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def ensure(self, kinds: Collection[ServerKind]) -> None:
        """Start those of `kinds` that do not run yet, in parallel."""
        async with self._starting:
            wanted = [kind for kind in kinds if kind not in self.addresses]
            for kind in wanted:
                if address := os.environ.get(kind.value):
                    self.addresses[kind] = address
            missing = [kind for kind in wanted if kind not in self.addresses]
            if missing:
                start = await self._choose_starter()
                await all_or_first_failure(start(kind) for kind in missing)

    async def _choose_starter(self) -> Callable[[ServerKind], Coroutine[Any, Any, None]]:
        in_containers = await asyncio.to_thread(containers.engine_answers)
        return self._start_container if in_containers else self._start_embedded

    async def _start_container(self, kind: ServerKind) -> None:
        starters: dict[ServerKind, Callable[[], Awaitable[tuple[str, containers.Container]]]] = {
            ServerKind.KAFKA: containers.start_kafka,
            ServerKind.POSTGRES: containers.start_postgres,
            ServerKind.VALKEY: containers.start_valkey,
        }
        self.addresses[kind], container = await starters[kind]()
        self._containers.append(container)

    async def _start_embedded(self, kind: ServerKind) -> None:
        match kind:
            case ServerKind.KAFKA:
                kafka = KafkaCluster(self.supervisor, self.folder / "kafka", await kafka_jars())
                await kafka.start()
                self.addresses[kind] = kafka.bootstrap_servers
            case ServerKind.POSTGRES:
                postgres = PostgresServer(self.supervisor, self.folder / "postgres", durable=False)
                await postgres.start()
                self.addresses[kind] = postgres.url
            case ServerKind.VALKEY:
                valkey = ValkeyServer(self.supervisor, self.folder / "valkey", durable=False)
                await valkey.start()
                self.addresses[kind] = valkey.url

    @property
    def supervisor(self) -> Supervisor:
        if self._supervisor is None:
            self._supervisor = Supervisor(self.folder / "processes")
        return self._supervisor

    async def stop(self) -> None:
        if self._supervisor is not None:
            await self._supervisor.stop_all(STOP_GRACE_SECONDS)
        await asyncio.gather(*(container.stop() for container in self._containers))
        self.addresses.clear()


@contextlib.asynccontextmanager
async def fresh_database(server_url: str, options: str = "") -> AsyncIterator[str]:
    """The URL of an empty database on that server, dropped afterwards even while somebody is connected.

    Its user is nobody else's, and no administrator: it owns the database, and may become the roles of our services.
    `options` of CREATE DATABASE, a locale for example.
    """
    name, password = f"test_{secrets.token_hex(6)}", secrets.token_urlsafe(12)
    async with administrator(server_url) as admin:
        await make_user(admin, name, password)
        await admin.execute(f'CREATE DATABASE "{name}" OWNER "{name}" TEMPLATE template0 {options}')
    url = urlsplit(server_url)._replace(path=f"/{name}").geturl()
    try:
        async with administrator(url) as admin:
            await _allow_all(admin, name)
        yield as_user(url, name, password)
    finally:
        async with administrator(server_url) as admin:
            await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
            await admin.execute(f'DROP ROLE "{name}"')


async def user_of_services(server_url: str) -> str:
    """The URL of a user of that database, which is a server's own, who may become the roles of our services."""
    password = secrets.token_urlsafe(12)
    async with administrator(server_url) as admin:
        await make_user(admin, SERVICES_USER, password)
        await _allow_all(admin, SERVICES_USER)
    return as_user(server_url, SERVICES_USER, password)


async def _allow_all(admin: asyncpg.Connection, user: str) -> None:
    for spec in (*SERVICES, FLOW_ENGINE):
        await allow(admin, user, spec.schema)


def unique_prefix() -> str:
    """For topic names, consumer groups and keys of one test."""
    return f"t{secrets.token_hex(6)}."
