"""The Redis that the admission lives in: how it is connected to, and what it must not do."""

from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from hiredis import pack_command
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoPermissionError, RedisError, ResponseError

from connector_executor.admission.cluster import Cluster, Node, NotAClusterError
from connector_executor.admission.scripts import AdmissionUnavailableError, Commands
from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)
KEEPS_ALL = "noeviction"
CLUSTER = "+cluster"
PORT = 6379
FULL_COVERAGE = "cluster-require-full-coverage"
STOPS = f"A primary that is away stops all the others, too: set {FULL_COVERAGE} to no on every node."
TIMEOUT_SECONDS = 5.0
NODE_SECONDS = 2.0
"""As long as one of several primaries is waited for."""


class UnfitStoreError(Exception):
    """This Redis would lose claims and markers, and calls would be made twice, or it could not run our scripts."""


def open_redis(url: str, timeout_seconds: float = TIMEOUT_SECONDS) -> Redis:
    """No hidden retries: every script may be repeated safely, but intake must pause while Redis is away."""
    no_retries = Retry(NoBackoff(), 0)
    redis = Redis.from_url(
        url, socket_timeout=timeout_seconds, socket_connect_timeout=2.0, retry=no_retries, protocol=3
    )
    pool = redis.connection_pool
    pool.connection_class = type("PackingInC", (PacksInC, pool.connection_class), {})
    return redis


def open_cluster(url: str) -> Cluster | None:
    """Of an address like `redis+cluster://user:password@one:6379,two:6379`; None when it is that of one primary.

    A node is told its own part of the address: the same scheme, user, password and options.
    """
    found = urlsplit(url)
    if not found.scheme.endswith(CLUSTER):
        return None
    scheme, (user, at, nodes) = found.scheme.removesuffix(CLUSTER), found.netloc.rpartition("@")
    options = f"?{found.query}" if found.query else ""

    def open_node(node: Node) -> Redis:
        host, port = node
        at_node = f"{f'[{host}]' if ':' in host else host}:{port}{options}"
        return open_redis(f"{scheme}://{user}{at}{at_node}", NODE_SECONDS)

    return Cluster([_node(one) for one in nodes.split(",")], open_node)


def _node(text: str) -> Node:
    found = urlsplit(f"//{text}")
    return found.hostname or "localhost", found.port or PORT


class PacksInC:
    """Of a connection, in front of its class: commands are written by hiredis, as answers are read by it already.

    redis-py does so in its blocking client only; here it joins them piece by piece, at ten times the cost, and a batch
    of executions has hundreds of keys.
    """

    def pack_command(self, *args: Any) -> list[bytes]:
        """The name may be of several words, which are arguments of their own."""
        name, *rest = args
        return [pack_command((*name.split(), *rest) if isinstance(name, str) else args)]


async def refuse_unfit(redis: Commands, *, in_a_cluster: bool = False) -> None:
    """Raises UnfitStoreError unless a full server refuses writes, and it is what its address says.

    Where INFO is forbidden neither can be told.
    """
    try:
        found = await redis.execute_command("INFO")
    except NotAClusterError as error:
        raise UnfitStoreError(f"Redis: {error}; the address of one primary begins with redis://") from error
    except NoPermissionError as error:
        log.warning("store.policy_unknown", why=str(error))
        return
    except (RedisError, OSError) as error:
        raise AdmissionUnavailableError(str(error)) from error
    policy = found.get("maxmemory_policy", KEEPS_ALL)
    if policy != KEEPS_ALL:
        raise UnfitStoreError(
            f"Redis has the maxmemory-policy {policy}, which drops keys when memory is short: set it to {KEEPS_ALL}"
        )
    if found.get("cluster_enabled") and not in_a_cluster:
        raise UnfitStoreError(
            "Redis is a cluster: its address begins with redis+cluster://, "
            "and names some of its nodes with commas between them"
        )
    if in_a_cluster:
        await _tell_of_full_coverage(redis, str(found.get("run_id", "")), found.get("tcp_port"))


async def _tell_of_full_coverage(redis: Commands, run: str, port: Any) -> None:
    """It serves, so it is not refused; where CONFIG is forbidden it cannot be told."""
    try:
        found = await redis.execute_command("CONFIG GET", FULL_COVERAGE)
    except ResponseError:
        return
    except (RedisError, OSError) as error:
        raise AdmissionUnavailableError(str(error)) from error
    value = found.get(FULL_COVERAGE, found.get(FULL_COVERAGE.encode()))
    if value in ("yes", b"yes"):
        _tell_once(run, port)


@lru_cache
def _tell_once(run: str, port: Any) -> None:
    """Each node has several parts, and a name for as long as it runs."""
    log.warning("store.stops_as_a_whole", run_id=run, port=port, setting=f"{FULL_COVERAGE} yes", why=STOPS)
