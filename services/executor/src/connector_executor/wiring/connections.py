"""The clients of Redis, Postgres and Kafka."""

import os
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import cast

import asyncpg
from redis.asyncio import Redis

from connector_executor import migrations_dir
from connector_executor.admission.cluster import Cluster
from connector_executor.admission.keys import TAGS
from connector_executor.admission.parts import Parts
from connector_executor.admission.port import PartedAdmission
from connector_executor.admission.redis import RedisAdmission
from connector_executor.admission.scripts import Commands
from connector_executor.admission.server import open_cluster, open_redis
from connector_executor.parking.postgres import SCHEMA, PostgresParking, callers_pool, parking_pool
from connector_executor.recovery.kafka_results import kafka_results
from connector_executor.settings import ExecutorSettings
from connector_executor.tokens.registry_client import RegistryClient
from connectors_shared.contract.topics import CONFIG, EXECUTE, EXECUTE_DEAD, RESULT
from connectors_shared.runtime.migrations import bring_up_to_date
from connectors_shared.runtime.outgoing import record_producer
from connectors_shared.runtime.roles import Role
from connectors_shared.runtime.supervision import together
from connectors_shared.runtime.topic_settings import refuse_unfit_topics


class Connections:
    """Built at once, connected by `open`. `owner` names this process in both stores."""

    def __init__(self, settings: ExecutorSettings) -> None:
        self.owner = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._migrate = settings.migrate
        self._owner_url = settings.database_url_of(Role.OWNER)
        self._bootstrap_servers, self._topic_prefix = settings.kafka_bootstrap_servers, settings.topic_prefix
        self._redis, self.admission = _admission(settings, self.owner)
        self._pool = parking_pool(settings.database_url_of(Role.WORKER), max_size=settings.pool_size)
        self._callers = callers_pool(settings.database_url_of(Role.APP))
        self.parking = PostgresParking(self._pool, self._callers)
        # Without a linger: outcomes have been gathered when they were kept, and go together.
        self.producer = record_producer(
            settings.kafka_bootstrap_servers, "connectors-executor", settings.topic_prefix, linger_ms=0
        )
        self.open_results = kafka_results(settings.kafka_bootstrap_servers, settings.topic_prefix + RESULT.name)
        self.registry = registry_client(settings)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Migrate and connect; the producer is flushed when it stops."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._redis.aclose)
            stack.push_async_callback(self._close_pools)
            if self.registry is not None:
                stack.push_async_callback(self.registry.close)
            stack.push_async_callback(self.producer.stop)
            await together(self._open_database(), self.producer.start(), self._judge_topics())
            yield

    async def _judge_topics(self) -> None:
        await refuse_unfit_topics(self._bootstrap_servers, (CONFIG, EXECUTE, RESULT, EXECUTE_DEAD), self._topic_prefix)

    async def _open_database(self) -> None:
        if self._migrate:
            await bring_up_to_date(self._owner_url, migrations_dir(), SCHEMA)
        await self._pool
        await self._callers

    async def _close_pools(self) -> None:
        for pool in (self._callers, self._pool):
            with suppress(asyncpg.InterfaceError):  # it was never opened
                await pool.close()


def registry_client(settings: ExecutorSettings) -> RegistryClient | None:
    """None unless both its address and a token are set."""
    if settings.registry_internal_url is None or settings.registry_token is None:
        return None
    return RegistryClient(settings.registry_internal_url, settings.registry_token)


def _admission(settings: ExecutorSettings, owner: str) -> tuple[Redis | Cluster, PartedAdmission]:
    """With what has to be closed."""

    def part(redis: Commands, tag: str | None = None) -> RedisAdmission:
        return RedisAdmission(
            redis,
            owner=owner,
            horizon_seconds=settings.horizon_seconds,
            drain_horizon_seconds=settings.drain_horizon_seconds,
            lease_seconds=settings.lease_seconds,
            ttl_seconds=settings.dedup_seconds,
            settling_seconds=settings.settling_seconds,
            reads_wait_seconds=settings.recovery_reads_wait_seconds,
            prefix=settings.key_prefix,
            tag=tag,
            breakers=settings.breakers(),
        )

    url = settings.redis_url.get_secret_value()
    cluster = open_cluster(url)
    if cluster is not None:
        return cluster, Parts([part(*each) for each in zip(cluster.parts, TAGS, strict=True)])
    redis = open_redis(url)
    return redis, part(cast("Commands", redis))
