"""Admission in Redis: one Lua call per batch; the server's clock; keys of a workspace share a hash tag."""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar, cast

import msgspec
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from connector_executor.admission.inquiry import limits_of
from connector_executor.admission.port import (
    Admitted,
    Ask,
    BreakerPolicy,
    BudgetSpec,
    Completion,
    HealthChange,
    Limits,
    StoreEmptiedError,
    Subject,
    Tally,
    Verdict,
)
from connector_executor.admission.scripts import AdmissionUnavailableError, Scripts, in_parts
from connector_executor.policies.quota import Advice

VERDICTS = {verdict.value: verdict for verdict in Verdict}
SCRIPTS = ("admit", "backlog", "bury", "complete", "observe", "park", "reclaim", "release", "renew", "report", "settle")
BACKLOG_MS = 86_400_000
MAX_SECONDS = 366 * 86_400.0
Item = TypeVar("Item")
DAMAGED = Admitted(Verdict.BUSY, 1_000_000)
"""For an execution one of whose keys is damaged: its own lane waits until somebody has repaired or removed it."""


def open_redis(url: str) -> Redis:
    """No hidden retries: every script may be repeated safely, but intake must pause while Redis is away."""
    return Redis.from_url(url, socket_timeout=5.0, socket_connect_timeout=2.0, retry=Retry(NoBackoff(), 0), protocol=3)


class RedisAdmission:
    """One replica, called `owner`. Claims live `ttl_seconds`, leases of running executions `lease_seconds`.

    What comes out of a backlog reserves only up to `drain_horizon_seconds`, so that there is always a slot within
    the horizon for what overtakes it.
    """

    def __init__(
        self,
        redis: Redis,
        owner: str,
        *,
        horizon_seconds: float = 2.0,
        drain_horizon_seconds: float = 1.0,
        lease_seconds: float = 30.0,
        ttl_seconds: float = 86_400.0,
        prefix: str = "connectors",
        breakers: BreakerPolicy | None = None,
    ) -> None:
        policy = breakers or BreakerPolicy()
        self.generation = ""
        self._redis = redis
        self._owner = owner
        self._lease_us = _us(lease_seconds)
        self._ttl_ms = round(ttl_seconds * 1000)
        self._prefix = prefix
        self._marker = f"{prefix}:generation"
        self._scripts = Scripts(redis, SCRIPTS)
        self._times = [_us(horizon_seconds), _us(drain_horizon_seconds), self._lease_us, self._ttl_ms]
        self._probes = [_us(policy.probe_seconds), _us(policy.max_open_seconds), _us(policy.unhealthy_probe_seconds)]
        self._rules = [
            _us(policy.window_seconds),
            policy.min_calls,
            policy.failure_rate,
            _us(policy.open_seconds),
            _us(policy.max_open_seconds),
            _us(policy.unhealthy_seconds),
            policy.unhealthy_failures,
            _us(policy.unhealthy_probe_seconds),
        ]

    async def join(self) -> str:
        try:
            await cast("Any", self._redis.set(self._marker, secrets.token_hex(8), nx=True))
            found = await cast("Any", self._redis.get(self._marker))
        except (RedisError, OSError) as error:
            raise AdmissionUnavailableError(str(error)) from error
        self.generation = found.decode() if found else ""
        return self.generation

    async def admit(self, asks: Sequence[Ask]) -> list[Admitted]:
        return await in_parts(asks, self._admit, lambda _ask: DAMAGED) if asks else []

    async def _admit(self, asks: Sequence[Ask]) -> list[Admitted]:
        keys = [self._marker]
        for ask in asks:
            tag = f"{self._prefix}:{{{ask.workspace_id}}}:"
            budget = ask.budget.key
            keys += (f"{tag}x:{ask.execution_id}", f"{tag}b:{budget}", f"{tag}p:{budget}", f"{tag}c:{ask.breaker}")
        batch = [self._owner, self.generation, *self._times, *self._probes, [self._item(ask) for ask in asks]]
        answers = _unpack(await self._scripts.run("admit", keys, [msgspec.msgpack.encode(batch)]))
        if answers == "lost":
            raise StoreEmptiedError(f"the store has forgotten generation {self.generation or '(none)'}")
        return [
            Admitted(VERDICTS[verdict], int(wait), result.encode(), watched != [0])
            for verdict, wait, result, *watched in answers
        ]

    async def reclaim(self, asks: Sequence[Ask]) -> None:
        await self._each(asks, self._reclaim)

    async def _reclaim(self, asks: Sequence[Ask]) -> None:
        rows = [(ask.execution_id, ask.attempt, int(ask.budget.max_concurrent > 0)) for ask in asks]
        arguments = [self._owner, self._lease_us, self._ttl_ms, *(value for row in rows for value in row)]
        await self._scripts.run("reclaim", self._pairs(asks), arguments)

    async def park(self, asks: Sequence[Ask]) -> None:
        await self._each(asks, self._park)

    async def _park(self, asks: Sequence[Ask]) -> None:
        arguments = [value for ask in asks for value in (ask.execution_id, ask.attempt)]
        await self._scripts.run("park", self._pairs(asks), [self._owner, self._ttl_ms, *arguments])

    async def mark_backlog(self, subjects: Sequence[Subject], exists: bool) -> None:
        await self._each(subjects, lambda part: self._mark_backlog(part, exists))

    async def _mark_backlog(self, subjects: Sequence[Subject], exists: bool) -> None:
        keys = [self._key(subject.workspace_id, "b", subject.budget.key) for subject in subjects]
        arguments = [int(exists), BACKLOG_MS, *(subject.connector_id for subject in subjects)]
        await self._scripts.run("backlog", keys, arguments)

    async def complete(self, completions: Sequence[Completion]) -> list[bytes | None]:
        return await in_parts(completions, self._complete, lambda completion: completion.result) if completions else []

    async def _complete(self, completions: Sequence[Completion]) -> list[bytes | None]:
        keys = self._pairs([completion.ask for completion in completions])
        batch = [self._ttl_ms, [[c.ask.execution_id, c.result.decode()] for c in completions]]
        answers = _unpack(await self._scripts.run("complete", keys, [msgspec.msgpack.encode(batch)]))
        return [
            (stored.encode() or completion.result) if publish else None
            for completion, (publish, stored) in zip(completions, answers, strict=True)
        ]

    async def settle(self, executions: Sequence[tuple[str, str]]) -> None:
        await self._each(executions, self._settle)

    async def _settle(self, executions: Sequence[tuple[str, str]]) -> None:
        keys = [self._key(workspace_id, "x", execution_id) for workspace_id, execution_id in executions]
        await self._scripts.run("settle", keys, [self._ttl_ms])

    async def release(self, asks: Sequence[Ask]) -> None:
        await self._each(asks, self._release)

    async def _release(self, asks: Sequence[Ask]) -> None:
        keys = [
            self._key(ask.workspace_id, kind, name)
            for ask in asks
            for kind, name in (("x", ask.execution_id), ("p", ask.budget.key), ("c", ask.breaker))
        ]
        ids = [id_ for ask in asks for id_ in (ask.execution_id, ask.connector_id)]
        await self._scripts.run("release", keys, [self._owner, *ids])

    async def bury(self, executions: Sequence[tuple[str, str]]) -> None:
        await self._each(executions, self._bury)

    async def _bury(self, executions: Sequence[tuple[str, str]]) -> None:
        keys = [self._key(workspace_id, "x", execution_id) for workspace_id, execution_id in executions]
        await self._scripts.run("bury", keys, [self._owner])

    async def renew(self, asks: Sequence[Ask]) -> None:
        await in_parts(asks, self._renew, lambda _ask: None)

    async def _renew(self, asks: Sequence[Ask]) -> list[None]:
        arguments = [self.generation, self._owner, self._lease_us, self._ttl_ms, *(ask.execution_id for ask in asks)]
        if not await self._scripts.run("renew", [self._marker, *self._pairs(asks)], arguments):
            raise StoreEmptiedError(f"the store has forgotten generation {self.generation}")
        return [None] * len(asks)

    async def observe(self, workspace_id: str, budget: BudgetSpec, seen: Advice) -> None:
        own = max((interval for interval, _ in budget.windows), default=0)
        times = [_us(seen.hold_seconds), _us(seen.interval_seconds), _us(seen.ttl_seconds)]
        key, arguments = self._key(workspace_id, "b", budget.key), [*times, seen.source, own]
        await self._each([key], lambda keys: self._scripts.run("observe", keys, arguments))

    async def report(self, tallies: Sequence[tuple[Subject, Tally]]) -> list[HealthChange]:
        found = await in_parts(tallies, self._report, lambda _tally: None) if tallies else []
        return [change for change in found if change is not None]

    async def _report(self, tallies: Sequence[tuple[Subject, Tally]]) -> list[HealthChange | None]:
        keys = [self._key(subject.workspace_id, "c", subject.breaker) for subject, _ in tallies]
        rows = [[s.connector_id, t.alive, t.failing, t.succeeded, t.failed, t.uncalled] for s, t in tallies]
        answers = _unpack(await self._scripts.run("report", keys, [msgspec.msgpack.encode([*self._rules, rows])]))
        changes = [(tallies[int(index) - 1][0], healthy, failing_us) for index, healthy, failing_us in answers]
        return [HealthChange(s.workspace_id, s.connector_id, healthy, us / 1e6) for s, healthy, us in changes]

    async def limits(self, subject: Subject) -> Limits:
        tag, budget = subject.workspace_id, subject.budget
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.time()
        pipeline.hgetall(self._key(tag, "b", budget.key))
        pipeline.hgetall(self._key(tag, "c", subject.breaker))
        pipeline.zcard(self._key(tag, "p", budget.key))
        try:
            (seconds, microseconds), stored, breaker, places = await cast("Any", pipeline.execute())
        except (RedisError, OSError) as error:
            raise AdmissionUnavailableError(str(error)) from error
        now_us = int(seconds) * 1_000_000 + int(microseconds)
        return limits_of(now_us, subject, _text(stored), _text(breaker), int(places))

    async def check(self) -> None:
        try:
            await cast("Any", self._redis.ping())
        except (RedisError, OSError) as error:
            raise AdmissionUnavailableError(str(error)) from error

    async def _each(self, items: Sequence[Item], run: Callable[[Sequence[Item]], Awaitable[None]]) -> None:
        """Like `in_parts`, for what has no answer."""

        async def done(part: Sequence[Item]) -> list[None]:
            await run(part)
            return [None] * len(part)

        if items:
            await in_parts(items, done, lambda _item: None)

    def _item(self, ask: Ask) -> list[Any]:
        budget = ask.budget
        return [
            ask.execution_id,
            ask.attempt,
            ask.repeatable,
            budget.weight,
            budget.max_concurrent,
            [number for window in budget.windows for number in window],
            ask.connector_id,
            ask.queueing,
            ask.handed_under is not None and ask.handed_under != self.generation,
            [number for quota in budget.quotas for number in quota],
        ]

    def _pairs(self, asks: Sequence[Ask]) -> list[str]:
        return [
            key
            for ask in asks
            for key in (
                self._key(ask.workspace_id, "x", ask.execution_id),
                self._key(ask.workspace_id, "p", ask.budget.key),
            )
        ]

    def _key(self, workspace_id: str, kind: str, name: str) -> str:
        """`kind`: x execution, b budget, p places of a budget, c circuit breaker."""
        return f"{self._prefix}:{{{workspace_id}}}:{kind}:{name}"


def _us(seconds: float) -> int:
    """Within what the scripts can count: their numbers are doubles, and an expiry is an integer."""
    return round((seconds if seconds < MAX_SECONDS else MAX_SECONDS) * 1_000_000)


def _unpack(packed: bytes) -> Any:
    return msgspec.msgpack.decode(packed)


def _text(fields: dict[bytes, bytes]) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in fields.items()}
