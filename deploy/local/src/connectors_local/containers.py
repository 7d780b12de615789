"""The same servers as containers, for test sessions on machines where a Docker engine answers."""

import asyncio
import contextlib
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Final

from connectors_local.ports import LOOPBACK, free_port
from connectors_local.servers.kafka import live_brokers
from connectors_local.servers.kafka_settings import broker_properties
from connectors_local.servers.managed import READY_DEADLINE_SECONDS
from connectors_local.servers.postgres import SUPERUSER, accepts_queries
from connectors_local.servers.valkey import answers_ping

KAFKA_IMAGE: Final = "apache/kafka:4.3.0"
POSTGRES_IMAGE: Final = "postgres:18"
VALKEY_IMAGE: Final = "valkey/valkey:9"
ENGINE_TIMEOUT_SECONDS: Final = 2
ENGINE_SOCKETS: Final = (Path("/var/run/docker.sock"), Path(os.path.expanduser("~/.docker/run/docker.sock")))
PROBE_INTERVAL_SECONDS: Final = 0.1
PASSWORD: Final = "tests-only"


class Container:
    """One container whose `port` inside is published on a free port of loopback."""

    def __init__(
        self, image: str, port: int, environment: dict[str, str], command: Sequence[str] | None = None
    ) -> None:
        self.image = image
        self.port = port
        self.environment = environment
        self.command = command
        self.host_port = free_port()
        self._container: Any = None

    async def start(self, answers: Callable[[], Awaitable[bool]]) -> None:
        """Raises TimeoutError when it does not answer in time."""
        await asyncio.to_thread(self._run)
        deadline = time.monotonic() + READY_DEADLINE_SECONDS
        while not await answers():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.image} did not answer within {READY_DEADLINE_SECONDS:g} s")
            await asyncio.sleep(PROBE_INTERVAL_SECONDS)

    def _run(self) -> None:
        from testcontainers.core.container import DockerContainer

        container = DockerContainer(self.image).with_envs(**self.environment)
        container.with_kwargs(ports={f"{self.port}/tcp": (LOOPBACK, self.host_port)})
        if self.command:
            container.with_command(list(self.command))
        self._container = container.start()

    async def stop(self) -> None:
        if self._container is not None:
            await asyncio.to_thread(self._container.stop)


async def start_postgres() -> tuple[str, Container]:
    """The URL, and what to stop."""
    environment = {"POSTGRES_USER": SUPERUSER, "POSTGRES_PASSWORD": PASSWORD}
    container = Container(
        POSTGRES_IMAGE, 5432, environment, ["postgres", "-c", "fsync=off", "-c", "max_connections=200"]
    )
    url = f"postgresql://{SUPERUSER}:{PASSWORD}@{LOOPBACK}:{container.host_port}/{SUPERUSER}"
    await container.start(lambda: accepts_queries(url))
    return url, container


async def start_valkey() -> tuple[str, Container]:
    container = Container(VALKEY_IMAGE, 6379, {}, ["valkey-server", "--maxmemory-policy", "noeviction"])
    url = f"redis://{LOOPBACK}:{container.host_port}/0"
    await container.start(lambda: answers_ping(url))
    return url, container


async def start_kafka() -> tuple[str, Container]:
    container = Container(KAFKA_IMAGE, 9092, {})
    address = f"{LOOPBACK}:{container.host_port}"
    container.environment = kafka_environment(address)
    await container.start(lambda: has_broker(container.host_port))
    return address, container


async def has_broker(port: int) -> bool:
    return bool(await live_brokers(LOOPBACK, port))


def kafka_environment(advertised: str) -> dict[str, str]:
    """Our settings as the image takes them: `KAFKA_` and the name with underscores."""
    settings = broker_properties(
        node_id=1, address="0.0.0.0:9092", voters={1: "localhost:9093"}, log_dir=Path("/tmp/kafka")
    )
    settings["advertised.listeners"] = f"PLAINTEXT://{advertised}"
    settings["listeners"] = "PLAINTEXT://0.0.0.0:9092,CONTROLLER://0.0.0.0:9093"
    settings["controller.quorum.voters"] = "1@localhost:9093"
    del settings["controller.quorum.bootstrap.servers"]
    return {f"KAFKA_{name.upper().replace('.', '_')}": value for name, value in settings.items()}


def engine_answers() -> bool:
    """Whether containers can be started here. Quick and silent where they cannot."""
    if "DOCKER_HOST" not in os.environ and not any(socket.exists() for socket in ENGINE_SOCKETS):
        return False
    with contextlib.suppress(Exception):
        from testcontainers.core.docker_client import DockerClient

        client = DockerClient(timeout=ENGINE_TIMEOUT_SECONDS).client
        with contextlib.closing(client):
            return bool(client.ping())
    return False
