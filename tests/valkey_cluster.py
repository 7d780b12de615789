"""A real Valkey cluster of a test's own: primaries, and a replica for each where it is asked for."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from redis.asyncio import Redis

from connectors_local.ports import LOOPBACK, free_port, release_port
from connectors_local.processes import Supervisor
from connectors_local.servers import ValkeyServer
from tests.failure.bench import eventually

SLOTS = 16384
SETTINGS = {
    "cluster-enabled": "yes",
    "cluster-node-timeout": "1000",
    # A primary that is away takes none of the others with it.
    "cluster-require-full-coverage": "no",
    "cluster-replica-validity-factor": "0",
    "repl-diskless-sync-delay": "0",
}


class ValkeyNode(ValkeyServer):
    """Keeps both of its ports, and what it knows of the cluster, over a restart."""

    def __init__(self, supervisor: Supervisor, folder: Path, settings: Mapping[str, str]) -> None:
        self.bus = free_port()
        cluster = SETTINGS | {"cluster-port": str(self.bus)} | settings
        super().__init__(supervisor, folder, durable=False, settings=cluster)

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.ports['client']}"

    async def command(self, *args: Any) -> Any:
        async with Redis.from_url(self.url) as client:
            return await cast("Any", client.execute_command(*args))

    async def id(self) -> str:
        return str((await self.command("CLUSTER MYID")).decode())

    def release_ports(self) -> None:
        release_port(self.bus)
        super().release_ports()


class ValkeyCluster:
    """`primaries` share the slots evenly, in their order; `replicas` are of the primary of the same number."""

    def __init__(self, primaries: list[ValkeyNode], replicas: list[ValkeyNode]) -> None:
        self.primaries = primaries
        self.replicas = replicas

    @property
    def nodes(self) -> list[ValkeyNode]:
        return self.primaries + self.replicas

    @property
    def url(self) -> str:
        return f"redis+cluster://{','.join(node.address for node in self.nodes)}"

    def primary_of(self, slot: int) -> ValkeyNode:
        """As it was when the cluster was made."""
        return self.primaries[min(slot * len(self.primaries) // SLOTS, len(self.primaries) - 1)]

    async def form(self) -> None:
        first, *others = self.nodes
        bounds = [SLOTS * number // len(self.primaries) for number in range(len(self.primaries) + 1)]
        for node, start, stop in zip(self.primaries, bounds, bounds[1:], strict=False):
            await node.command("CLUSTER", "ADDSLOTSRANGE", start, stop - 1)
        for number, node in enumerate(self.nodes):
            await node.command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
        for node in others:
            await node.command("CLUSTER", "MEET", LOOPBACK, first.ports["client"], first.bus)
        await eventually(self._all_know_all, "all nodes know who has which slots")
        for primary, replica in zip(self.primaries, self.replicas, strict=False):
            await replica.command("CLUSTER", "REPLICATE", await primary.id())
        if self.replicas:
            await eventually(self._replicas_follow, "every replica follows")

    async def _all_know_all(self) -> bool:
        found = [await node.command("CLUSTER INFO") for node in self.nodes]
        return all(info["cluster_state"] == "ok" and int(info["cluster_slots_ok"]) == SLOTS for info in found)

    async def _replicas_follow(self) -> bool:
        found = [await replica.command("INFO", "replication") for replica in self.replicas]
        return all(info.get("master_link_status") == "up" for info in found)


@asynccontextmanager
async def valkey_cluster(
    supervisor: Supervisor, folder: Path, *, replicas: bool = False, **settings: str
) -> AsyncIterator[ValkeyCluster]:
    """Three primaries."""
    nodes = [ValkeyNode(supervisor, folder / f"node{number}", settings) for number in range(6 if replicas else 3)]
    try:
        await asyncio.gather(*(node.start() for node in nodes))
        cluster = ValkeyCluster(nodes[:3], nodes[3:])
        await cluster.form()
        yield cluster
    finally:
        for node in nodes:
            node.kill()
            node.release_ports()
