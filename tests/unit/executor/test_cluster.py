"""Which primary a part is asked of: one that does not answer is not asked for ever."""

import asyncio
from typing import Any, cast

import pytest
from redis.asyncio import Redis
from redis.exceptions import AskError, ClusterDownError, ResponseError

from connector_executor.admission.cluster import Cluster, Node
from connector_executor.admission.server import NODE_SECONDS, open_cluster

OLD: Node = ("old", 1)
NEW: Node = ("new", 2)
LAST_SLOT = 16_383


class Server:
    """One that knows `owner` to have all slots. `hangs`: it answers nothing; `fails`: with that."""

    def __init__(self, node: Node) -> None:
        self.node = self.owner = node
        self.hangs = False
        self.fails: Exception | None = None
        self.looks = 0

    async def execute_command(self, *args: Any) -> Any:
        self.looks += args[0] == "CLUSTER SLOTS"
        if self.hangs:
            await asyncio.Event().wait()
        if args[0] == "CLUSTER SLOTS":
            return [(0, LAST_SLOT, (self.owner[0].encode(), self.owner[1]))]
        if self.fails is not None:
            raise self.fails
        return self.node

    async def aclose(self) -> None:
        return

    def pipeline(self, transaction: bool) -> "Pipeline":
        assert not transaction
        return Pipeline()


class Pipeline:
    """As that of redis-py: an error that it raises itself names the command, in front of what the server said."""

    def __init__(self) -> None:
        self.commands: list[tuple[Any, ...]] = []

    def execute_command(self, *args: Any) -> None:
        self.commands.append(args)

    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        said = "MISCONF it cannot write"
        if raise_on_error:
            raise ResponseError(f"Command # 2 (EVALSHA) of pipeline caused error: {said}")
        return [b"OK", ResponseError(said)]


@pytest.fixture
def servers() -> dict[Node, Server]:
    return {node: Server(node) for node in (OLD, NEW)}


@pytest.fixture
def cluster(servers: dict[Node, Server]) -> Cluster:
    return Cluster([OLD, NEW], lambda node: cast("Redis", servers[node]))


async def test_a_node_that_hangs_is_left_when_another_has_taken_over(
    cluster: Cluster, servers: dict[Node, Server]
) -> None:
    """Who looks at a part waits for less than its connection does."""
    part = cluster.parts[0]
    assert await part.execute_command("LOOK") == OLD
    servers[OLD].hangs = True
    servers[NEW].owner = NEW
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await part.execute_command("LOOK")
    async with asyncio.timeout(0.5):
        assert await part.execute_command("LOOK") == NEW


async def test_a_node_that_is_cut_off_from_the_others_is_not_believed(
    cluster: Cluster, servers: dict[Node, Server]
) -> None:
    """It goes on telling that the slots are its own."""
    part = cluster.parts[0]
    assert await part.execute_command("LOOK") == OLD
    servers[OLD].fails = ClusterDownError("CLUSTERDOWN The cluster is down")
    servers[NEW].owner = NEW
    with pytest.raises(ClusterDownError):
        await part.execute_command("LOOK")
    assert await part.execute_command("LOOK") == NEW


async def test_a_node_that_has_failed_once_is_asked_first_again(cluster: Cluster, servers: dict[Node, Server]) -> None:
    part = cluster.parts[0]
    await part.execute_command("LOOK")
    servers[OLD].fails = OSError("reset")
    with pytest.raises(OSError, match="reset"):
        await part.execute_command("LOOK")
    servers[OLD].fails, servers[NEW].owner = None, OLD
    assert await part.execute_command("LOOK") == OLD
    before = servers[OLD].looks
    await cluster.owner_of(0)
    assert servers[OLD].looks == before + 1


async def test_what_a_node_says_of_a_slot_on_its_way_is_told_as_it_says_it(
    cluster: Cluster, servers: dict[Node, Server]
) -> None:
    """A code in front is the server's trouble; without one it would be taken for damage of what was asked for."""
    servers[OLD].fails = AskError(f"0 {NEW[0]}:{NEW[1]}")
    with pytest.raises(ResponseError, match=r"^MISCONF"):
        await cluster.parts[0].execute_command("EVALSHA")


async def test_one_of_several_primaries_is_waited_for_less_long() -> None:
    cluster = open_cluster("redis+cluster://one:6379")
    assert cluster is not None
    client = cast("Redis", cluster.at(("one", 6379)))
    assert client.connection_pool.connection_kwargs["socket_timeout"] == NODE_SECONDS
    await cluster.aclose()
