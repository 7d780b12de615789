"""A Redis cluster: which primary has which slot, and a client for each.

Not redis-py's own client of clusters: there one node that does not answer makes all commands wait for a new look at
the whole cluster, or closes the connections to all nodes, and ASKING may be sent through another connection than the
command that it is for.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, Protocol, cast

from redis.asyncio import Redis
from redis.crc import key_slot
from redis.exceptions import AskError, ClusterDownError, MovedError, RedisError, ResponseError

from connector_executor.admission.keys import TAGS
from connector_executor.admission.scripts import AdmissionUnavailableError, Commands

Node = tuple[str, int]
"""(host, port)"""
Slots = Sequence[tuple[int, int, Sequence[Any]]]
"""First and last of a span, and its primary: (host, port, ...). Replicas follow."""
MOST_REDIRECTIONS = 5
LOOK_SECONDS = 1.0
"""As long as one node is waited for that is asked who has which slot."""


class NotAClusterError(Exception):
    """What answers is no cluster."""


class Nodes(Protocol):
    """The nodes of a cluster."""

    def at(self, node: Node) -> Commands: ...

    async def ask(self, node: Node, args: tuple[Any, ...]) -> Any:
        """A command whose slot is on its way to that node; only this once."""
        ...

    async def owner_of(self, slot: int) -> Node:
        """Raises AdmissionUnavailableError."""
        ...

    def has_failed(self, node: Node) -> None:
        """It does not answer, or has no cluster: others are asked first who has its slots now."""
        ...


class Part:
    """Sends commands to whichever primary has the slot of a part. Redirections are followed, failures are not repeated:
    every script may be sent again, and whoever calls knows what waits for it meanwhile.
    """

    def __init__(self, nodes: Nodes, tag: str) -> None:
        self._nodes = nodes
        self._slot = key_slot(tag.encode())
        self.node: Node | None = None
        """Where it is, as far as is known."""

    async def execute_command(self, *args: Any) -> Any:
        for _ in range(MOST_REDIRECTIONS):
            node = self.node or await self._nodes.owner_of(self._slot)
            self.node = node
            try:
                return await self._nodes.at(node).execute_command(*args)
            except MovedError as moved:
                self.node = _told_by(moved, node)
            except AskError as ask:
                return await self._nodes.ask(_told_by(ask, node), args)
            except asyncio.CancelledError:
                # Whoever asked has waited long enough, maybe for one that hangs: its slot may be another's by now.
                self._leave(node)
                raise
            except (ClusterDownError, OSError, RedisError) as error:
                if not isinstance(error, ResponseError) or isinstance(error, ClusterDownError):
                    self._leave(node)
                raise
        raise AdmissionUnavailableError(f"the slot {self._slot} is sent from node to node")

    def _leave(self, node: Node) -> None:
        self._nodes.has_failed(node)
        if self.node == node:
            self.node = None


class Cluster:
    """`seeds` are some of its nodes; the others are learned from them. `open_node` makes the client of one."""

    def __init__(self, seeds: Iterable[Node], open_node: Callable[[Node], Redis]) -> None:
        self._seeds = list(dict.fromkeys(seeds))
        self._open_node = open_node
        self._clients: dict[Node, Redis] = {}
        self._owners: dict[tuple[int, int], Node] = {}
        self._failed: set[Node] = set()
        """Since the last look."""
        self._looking: asyncio.Task[None] | None = None
        self.parts = [Part(self, tag) for tag in TAGS]

    def at(self, node: Node) -> Commands:
        return cast("Commands", self._at(node))

    async def ask(self, node: Node, args: tuple[Any, ...]) -> Any:
        pipeline = cast("Any", self._at(node).pipeline(transaction=False))
        pipeline.execute_command("ASKING")
        pipeline.execute_command(*args)
        # Not raised by the pipeline, which writes the command in front of what the server says.
        for answer in await pipeline.execute(raise_on_error=False):
            if isinstance(answer, Exception):
                raise answer
        return answer

    async def owner_of(self, slot: int) -> Node:
        """Looks anew, once for all who ask meanwhile."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        await asyncio.shield(self._looking)
        for (first, last), node in self._owners.items():
            if first <= slot <= last:
                return node
        raise AdmissionUnavailableError(f"no primary has the slot {slot}")

    def has_failed(self, node: Node) -> None:
        self._failed.add(node)

    async def aclose(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
        for client in self._clients.values():
            await client.aclose()

    def _at(self, node: Node) -> Redis:
        client = self._clients.get(node)
        if client is None:
            client = self._clients[node] = self._open_node(node)
        return client

    async def _forget_others(self) -> None:
        for node in self._clients.keys() - {*self._owners.values(), *self._seeds}:
            with suppress(RedisError, OSError):
                await self._clients.pop(node).aclose()

    async def _look(self) -> None:
        """Ask the nodes one by one, those first that are known to have slots, and last those that have failed: one that
        hangs takes its time, and one that is cut off has slots that it has lost. The first answer counts.
        """
        why, failed, self._failed = "no node is known", self._failed, set()
        for node in sorted(dict.fromkeys([*self._owners.values(), *self._seeds]), key=failed.__contains__):
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    found = await self.at(node).execute_command("CLUSTER SLOTS")
            except ResponseError as error:
                if "cluster support disabled" in str(error):
                    raise NotAClusterError(f"{node[0]}:{node[1]} is no cluster") from error
                why = f"{node[0]}:{node[1]}: {error}"
            except (RedisError, OSError, TimeoutError) as error:
                why = f"{node[0]}:{node[1]}: {type(error).__name__}: {error}"
            else:
                self._owners = _owners(found, node)
                await self._forget_others()
                return
        raise AdmissionUnavailableError(f"no node of the cluster answers: {why}")


def _owners(found: Slots, asked: Node) -> dict[tuple[int, int], Node]:
    """A node that does not know its own address is where it was asked."""
    owners = {}
    for first, last, (host, port, *_), *_ in found:
        owners[first, last] = (host.decode() if host else asked[0], int(port))
    return owners


def _told_by(redirection: AskError, by: Node) -> Node:
    return (redirection.host or by[0], int(redirection.port))
