"""Admission in Redis: one Lua call per batch; the server's clock; keys of a workspace share a hash tag."""

from collections.abc import Iterable, Sequence
from importlib.resources import files
from typing import Any, cast

import msgspec
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.commands.core import AsyncScript
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from connector_executor.admission.port import Admitted, Ask, Completion, Verdict

VERDICTS = {verdict.value: verdict for verdict in Verdict}


class AdmissionUnavailableError(ConnectionError):
    """Redis does not answer; nothing may start until it does."""


def open_redis(url: str) -> Redis:
    """No hidden retries: every script may be repeated safely, but intake must pause while Redis is away."""
    return Redis.from_url(url, socket_timeout=5.0, socket_connect_timeout=2.0, retry=Retry(NoBackoff(), 0), protocol=3)


class RedisAdmission:
    """One replica, called `owner`. Claims live `ttl_seconds`, leases of running executions `lease_seconds`."""

    def __init__(
        self,
        redis: Redis,
        owner: str,
        *,
        horizon_seconds: float = 2.0,
        lease_seconds: float = 30.0,
        ttl_seconds: float = 86_400.0,
        prefix: str = "connectors",
    ) -> None:
        self._redis = redis
        self._owner = owner
        self._horizon_us = round(horizon_seconds * 1_000_000)
        self._lease_us = round(lease_seconds * 1_000_000)
        self._ttl_ms = round(ttl_seconds * 1000)
        self._prefix = prefix
        self._scripts = {name: _script(redis, name) for name in SCRIPTS}

    async def admit(self, asks: Sequence[Ask]) -> list[Admitted]:
        keys = [key for ask in asks for key in (self._claim(ask), self._budget(ask), self._places(ask))]
        batch = [self._owner, self._horizon_us, self._lease_us, self._ttl_ms, [_item(ask) for ask in asks]]
        answers = await self._run("admit", keys, [msgspec.msgpack.encode(batch)])
        return [
            Admitted(VERDICTS[verdict], int(wait_us), result.encode()) for verdict, wait_us, result in _unpack(answers)
        ]

    async def complete(self, completions: Sequence[Completion]) -> list[bytes | None]:
        keys = [key for c in completions for key in (self._claim(c.ask), self._places(c.ask))]
        batch = [self._ttl_ms, [[c.ask.execution_id, c.result.decode()] for c in completions]]
        answers = _unpack(await self._run("complete", keys, [msgspec.msgpack.encode(batch)]))
        return [
            (stored.encode() or completion.result) if publish else None
            for completion, (publish, stored) in zip(completions, answers, strict=True)
        ]

    async def settle(self, executions: Sequence[tuple[str, str]]) -> None:
        keys = [self._claim_key(workspace_id, execution_id) for workspace_id, execution_id in executions]
        await self._run("settle", keys, [self._ttl_ms])

    async def release(self, asks: Sequence[Ask]) -> None:
        await self._run("release", self._pairs(asks), [self._owner, *(ask.execution_id for ask in asks)])

    async def renew(self, asks: Sequence[Ask]) -> None:
        arguments = [self._owner, self._lease_us, self._ttl_ms, *(ask.execution_id for ask in asks)]
        await self._run("renew", self._pairs(asks), arguments)

    async def hold(self, workspace_id: str, budget_key: str, seconds: float) -> None:
        key = self._budget_key(workspace_id, budget_key)
        await self._run("hold", [key], [round(seconds * 1_000_000)])

    async def check(self) -> None:
        try:
            await cast("Any", self._redis.ping())
        except (RedisError, OSError) as error:
            raise AdmissionUnavailableError(str(error)) from error

    async def _run(self, name: str, keys: Sequence[str], arguments: Iterable[Any]) -> Any:
        if not keys:
            return None
        try:
            return await self._scripts[name](keys=keys, args=list(arguments))
        except (RedisConnectionError, RedisTimeoutError, OSError) as error:
            raise AdmissionUnavailableError(str(error)) from error

    def _pairs(self, asks: Sequence[Ask]) -> list[str]:
        return [key for ask in asks for key in (self._claim(ask), self._places(ask))]

    def _claim(self, ask: Ask) -> str:
        return self._claim_key(ask.workspace_id, ask.execution_id)

    def _claim_key(self, workspace_id: str, execution_id: str) -> str:
        return f"{self._prefix}:{{{workspace_id}}}:x:{execution_id}"

    def _budget(self, ask: Ask) -> str:
        return self._budget_key(ask.workspace_id, ask.budget.key)

    def _budget_key(self, workspace_id: str, key: str) -> str:
        return f"{self._prefix}:{{{workspace_id}}}:b:{key}"

    def _places(self, ask: Ask) -> str:
        return f"{self._prefix}:{{{ask.workspace_id}}}:p:{ask.budget.key}"


SCRIPTS = ("admit", "complete", "settle", "release", "renew", "hold")


def _script(redis: Redis, name: str) -> AsyncScript:
    source = files(__package__).joinpath("lua", f"{name}.lua").read_text()
    return redis.register_script(source)


def _item(ask: Ask) -> list[Any]:
    windows = [number for window in ask.budget.windows for number in window]
    return [
        ask.execution_id,
        ask.attempt,
        ask.repeatable,
        ask.budget.weight,
        ask.budget.max_concurrent,
        windows,
    ]


def _unpack(packed: bytes | None) -> list[Any]:
    return [] if packed is None else cast("list[Any]", msgspec.msgpack.decode(packed))
