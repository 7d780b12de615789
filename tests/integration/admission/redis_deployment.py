"""Replicas on one real server, or on one part of a real cluster; for the suites that every admission must pass."""

from collections.abc import AsyncIterator
from typing import Any, cast

from redis.asyncio import Redis

from connector_executor.admission.keys import Keys
from connector_executor.admission.port import Admission
from connector_executor.admission.redis import RedisAdmission
from connector_executor.admission.scripts import Commands
from tests.unit.executor.admission_suite import (
    BREAKERS,
    DRAIN_HORIZON_SECONDS,
    HORIZON_SECONDS,
    LEASE_SECONDS,
    READS_WAIT_SECONDS,
    SECOND,
    SETTLING_SECONDS,
    ready,
)

MARGIN_SECONDS = 0.01


class RedisDeployment:
    """Its clock is the server's own. `redis` is the server that has all; `commands` as the product sends them."""

    def __init__(self, redis: Redis, prefix: str, commands: Commands | None = None, tag: str | None = None) -> None:
        self.redis = redis
        self.prefix = prefix
        self.memory = Keys(prefix, tag).memory
        self._commands = commands or cast("Commands", redis)
        self._tag = tag

    async def replica(self, owner: str, *, lease_seconds: float = LEASE_SECONDS) -> Admission:
        admission = RedisAdmission(
            self._commands,
            owner,
            horizon_seconds=HORIZON_SECONDS,
            drain_horizon_seconds=DRAIN_HORIZON_SECONDS,
            lease_seconds=lease_seconds,
            settling_seconds=SETTLING_SECONDS,
            reads_wait_seconds=READS_WAIT_SECONDS,
            prefix=self.prefix,
            tag=self._tag,
            breakers=BREAKERS,
        )
        await admission.join()
        await ready(admission)
        return admission

    async def keys(self) -> list[bytes]:
        """Those of workspaces."""
        found = cast("AsyncIterator[bytes]", self.redis.scan_iter(f"{self.prefix}*"))
        return [key async for key in found if not key.endswith(b":memory")]

    async def forget_everything(self) -> None:
        """All keys of this deployment are gone, as when the server comes back without its data."""
        for key in [self.memory.encode(), *await self.keys()]:
            await self.redis.delete(key)

    async def move_to_another_server(self) -> None:
        """What it knows was written by another one than this."""
        written = {"server": "0" * 40, "run": "0" * 40}
        await cast("Any", self.redis.hset(self.memory, mapping=written))

    async def rename_server(self) -> None:
        await cast("Any", self.redis.hset(self.memory, "server", "0" * 40))

    async def outlast(self, seconds: float) -> None:
        """The server itself waits in vain for an element, by its own clock."""
        until_us = await self.now_us() + seconds * SECOND
        blocked = self.redis.blpop([f"{self.memory}:nothing"], timeout=seconds + MARGIN_SECONDS)
        assert await cast("Any", blocked) is None
        assert await self.now_us() > until_us

    async def now_us(self) -> int:
        seconds, microseconds = await cast("Any", self.redis.time())
        return int(seconds) * SECOND + int(microseconds)
