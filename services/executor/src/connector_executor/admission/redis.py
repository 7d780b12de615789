"""Admission in Redis: one Lua call per batch; the server's clock; keys of a workspace share a hash tag.

Of a whole store with one primary, or of one part of a cluster (`keys.py`).
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import msgspec
from redis.exceptions import RedisError

from connector_executor.admission.common import Common
from connector_executor.admission.inquiry import limits_of
from connector_executor.admission.keys import Keys
from connector_executor.admission.port import (
    Admitted,
    Ask,
    BreakerPolicy,
    BudgetSpec,
    Claimed,
    Completion,
    Ended,
    HealthChange,
    Limits,
    Memory,
    Position,
    Recheck,
    StoreEmptiedError,
    Subject,
    Tally,
    Verdict,
    Whole,
    as_told,
)
from connector_executor.admission.scripts import (
    AdmissionUnavailableError,
    Commands,
    DamagedKeyError,
    Scripts,
    in_parts,
)
from connector_executor.admission.server import refuse_unfit
from connector_executor.policies.quota import Advice

VERDICTS = {verdict.value: verdict for verdict in Verdict}
BACKLOG_MS = 86_400_000
MAX_SECONDS = 366 * 86_400.0
REFILL_LEASE_MS = 3_000
"""Much less than reads wait for a refill: one that its executor left is gone on with in time. It looks every second."""
TAIL_MARGIN_MS = 60_000
"""How far the clocks of executors and of the store may be apart when the log of results is read."""
PARTITIONS = 4096
"""A position is packed as one number: the offset times this, and the partition."""
Item = TypeVar("Item")
DAMAGED = Admitted(Verdict.BUSY, 1_000_000)
"""For an execution one of whose keys is damaged: its own queue waits until somebody has repaired or removed it."""


class RedisAdmission(Whole):
    """One replica, called `owner`. Claims live `ttl_seconds`, leases of running executions `lease_seconds`.

    What comes out of a backlog reserves only up to `drain_horizon_seconds`, so that there is always a slot within
    the horizon for what overtakes it. `reads_wait_seconds`: so long after a loss reads wait for the refill like writes.
    `tag`: of one part of a cluster.
    """

    def __init__(
        self,
        redis: Commands,
        owner: str,
        *,
        horizon_seconds: float = 2.0,
        drain_horizon_seconds: float = 1.0,
        lease_seconds: float = 30.0,
        ttl_seconds: float = 7 * 86_400.0,
        settling_seconds: float = 0.0,
        reads_wait_seconds: float = 0.0,
        prefix: str = "connectors",
        tag: str | None = None,
        breakers: BreakerPolicy | None = None,
    ) -> None:
        policy = breakers or BreakerPolicy()
        self.generation = ""
        self._redis = redis
        self._telling = asyncio.Lock()
        self._owner = owner
        self._lease_us = _us(lease_seconds)
        self._ttl_ms = round(ttl_seconds * 1000)
        self._is_of_a_cluster = tag is not None
        keys = Keys(prefix, tag)
        self._head, self._tail, self._memory = keys.head, keys.tail, keys.memory
        self._settling_us = _us(settling_seconds)
        self._scripts = Scripts(redis)
        horizons = [_us(horizon_seconds), _us(drain_horizon_seconds)]
        self._times = [*horizons, self._lease_us, self._ttl_ms, _us(reads_wait_seconds)]
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

    async def join(
        self, claimed: Sequence[Claimed] = (), ended: Sequence[Ended] = (), recheck: Recheck = as_told
    ) -> str:
        if not self.generation:
            await refuse_unfit(self._redis, in_a_cluster=self._is_of_a_cluster)
        arguments = [secrets.token_hex(8), self._settling_us, TAIL_MARGIN_MS]
        found = str((await self._on_memory("join", arguments)).decode())
        if found != self.generation:
            await self.reclaim(claimed, recheck)
            await self.settle(ended)
            self.generation = found
        return found

    async def look(self) -> Memory:
        found = await self._on_memory("look", [self.generation, self._owner, REFILL_LEASE_MS])
        if found is None:
            raise self._emptied()
        ready, refills, tail_ms, since_ms, settles_us = found
        return Memory(bool(ready), bool(refills), int(tail_ms), int(since_ms), settles_us / 1e6)

    async def refill(self, ended: Sequence[Ended]) -> None:
        await self._each(ended, lambda part: self._settle(part, refill=True))

    async def refilled(self, since_ms: int | None, *, lost: bool) -> bool:
        since = "" if since_ms is None else since_ms
        return bool(await self._on_memory("refilled", [self.generation, self._owner, since, int(lost)]))

    async def admit(self, asks: Sequence[Ask]) -> list[Admitted]:
        return await in_parts(asks, self._admit, lambda _ask: DAMAGED) if asks else []

    async def _admit(self, asks: Sequence[Ask]) -> list[Admitted]:
        common = Common(1 + len(asks))
        items = [self._item(ask, common) for ask in asks]
        batch = [self._owner, self.generation, *self._times, *self._probes, common.rows, items]
        keys = [self._memory, *(self._claim(ask.workspace_id, ask.execution_id) for ask in asks), *common.keys]
        answers = _unpack(await self._scripts.run("admit", keys, [msgspec.msgpack.encode(batch)]))
        if answers == "lost":
            raise self._emptied()
        return [_admitted(*answer) for answer in answers]

    async def reclaim(self, claimed: Sequence[Claimed], recheck: Recheck = as_told) -> None:
        await self._each(claimed, lambda part: self._reclaim_now(part, recheck))

    async def _reclaim_now(self, claimed: Sequence[Claimed], recheck: Recheck) -> None:
        """Whoever gives a claim up has said so before it tells the store: the store hears of it after this part."""
        async with self._telling:
            known = [found for found in map(recheck, claimed) if found is not None]
            if known:
                await self._reclaim(known)

    async def _reclaim(self, claimed: Sequence[Claimed]) -> None:
        asks = [one.ask for one in claimed]
        rows = [(c.ask.execution_id, int(c.ask.budget.max_concurrent > 0), "r" if c.called else "w") for c in claimed]
        arguments = [self._owner, self._lease_us, self._ttl_ms, *(value for row in rows for value in row)]
        await self._scripts.run("reclaim", self._triples(asks), arguments)

    async def park(self, asks: Sequence[Ask]) -> None:
        await self._each(asks, self._park)

    async def _park(self, asks: Sequence[Ask]) -> None:
        arguments = [value for ask in asks for value in (ask.execution_id, ask.attempt)]
        async with self._telling:
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
        common = Common(len(completions))
        items = [[c.ask.execution_id, c.result.decode(), self._places(c.ask, common)] for c in completions]
        keys = [*(self._claim(c.ask.workspace_id, c.ask.execution_id) for c in completions), *common.keys]
        batch = [self._ttl_ms, common.rows, items]
        answers = _unpack(await self._scripts.run("complete", keys, [msgspec.msgpack.encode(batch)]))
        return [
            (stored.encode() or completion.result) if publish else None
            for completion, (publish, stored) in zip(completions, answers, strict=True)
        ]

    async def settle(self, ended: Sequence[Ended]) -> None:
        await self._each(ended, self._settle)

    async def _settle(self, ended: Sequence[Ended], refill: bool = False) -> None:
        common = Common(len(ended))
        items = [[one.execution_id, _packed(one.position), self._markers(one.workspace_id, common)] for one in ended]
        keys = [*(self._claim(one.workspace_id, one.execution_id) for one in ended), *common.keys]
        batch = [self._ttl_ms, refill, common.rows, items]
        await self._scripts.run("settle", keys, [msgspec.msgpack.encode(batch)])

    async def release(self, asks: Sequence[Ask]) -> None:
        await self._each(asks, self._release)

    async def _release(self, asks: Sequence[Ask]) -> None:
        keys = [
            self._key(ask.workspace_id, kind, name)
            for ask in asks
            for kind, name in (("x", ask.execution_id), ("p", ask.budget.key), ("c", ask.breaker))
        ]
        ids = [id_ for ask in asks for id_ in (ask.execution_id, ask.connector_id)]
        async with self._telling:
            await self._scripts.run("release", keys, [self._owner, *ids])

    async def forget_dead(self, executions: Sequence[tuple[str, str]]) -> None:
        await self._each(executions, self._forget_dead)

    async def _forget_dead(self, executions: Sequence[tuple[str, str]]) -> None:
        keys = [self._key(workspace_id, "x", execution_id) for workspace_id, execution_id in executions]
        await self._scripts.run("forget_dead", keys, [self._owner])

    async def renew(self, claimed: Sequence[Claimed]) -> list[Claimed]:
        found = await in_parts(claimed, self._renew, lambda _claimed: False)
        return [one for one, missing in zip(claimed, found, strict=True) if missing]

    async def _renew(self, claimed: Sequence[Claimed]) -> list[bool]:
        asks = [one.ask for one in claimed]
        arguments = [self.generation, self._owner, self._lease_us, self._ttl_ms, *(ask.execution_id for ask in asks)]
        missing = await self._scripts.run("renew", [self._memory, *self._pairs(asks)], arguments)
        if missing is None:
            raise self._emptied()
        return [index in missing for index in range(1, len(claimed) + 1)]

    async def observe(self, workspace_id: str, budget: BudgetSpec, seen: Advice) -> None:
        own = max((interval for interval, _ in budget.windows), default=0)
        times = [_us(seen.hold_seconds), _us(seen.interval_seconds), _us(seen.ttl_seconds)]
        key, arguments = self._key(workspace_id, "b", budget.key), [*times, seen.source, own, budget.towards]
        await self._each([key], lambda keys: self._scripts.run("observe", keys, arguments))

    async def lift(self, subject: Subject) -> list[str]:
        tag, budget = subject.workspace_id, subject.budget
        keys = [self._key(tag, "b", budget.key), self._key(tag, "c", subject.breaker)]
        try:
            lifted = await self._scripts.run("lift", keys, [budget.towards, subject.connector_id])
        except DamagedKeyError as error:
            raise AdmissionUnavailableError(f"{keys[0]} or {keys[1]} is damaged: {error}") from error
        return [word.decode() for word in lifted]

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
        commands = (
            ("TIME",),
            ("HGETALL", self._key(tag, "b", budget.key)),
            ("HGETALL", self._key(tag, "c", subject.breaker)),
            ("ZCARD", self._key(tag, "p", budget.key)),
        )
        try:
            found = await asyncio.gather(*(self._redis.execute_command(*command) for command in commands))
        except (RedisError, OSError) as error:
            raise AdmissionUnavailableError(str(error)) from error
        (seconds, microseconds), stored, breaker, places = found
        now_us = int(seconds) * 1_000_000 + int(microseconds)
        return limits_of(now_us, subject, _text(stored), _text(breaker), int(places))

    async def _each(self, items: Sequence[Item], run: Callable[[Sequence[Item]], Awaitable[None]]) -> None:
        """Like `in_parts`, for what has no answer."""

        async def done(part: Sequence[Item]) -> list[None]:
            await run(part)
            return [None] * len(part)

        if items:
            await in_parts(items, done, lambda _item: None)

    def _item(self, ask: Ask, common: Common) -> list[Any]:
        handed_under = ask.handed_under
        doubtful = bool(handed_under) and not self.remembers(ask.workspace_id, handed_under)
        return [
            ask.execution_id,
            ask.attempt,
            ask.repeatable,
            ask.queueing,
            doubtful,
            ask.asked_at_ms,
            self._limits(ask, common),
        ]

    def _limits(self, ask: Ask, common: Common) -> int:
        """The number of the row of what limits it. Asks of one version of a connector share their budget."""
        budget = ask.budget
        who = (ask.workspace_id, ask.connector_id, ask.breaker, id(budget))
        found = common.find(who)
        if found:
            return found
        tag = f"{self._head}{ask.workspace_id}{self._tail}"
        return common.add(
            who,
            (f"{tag}b:{budget.key}", f"{tag}p:{budget.key}", f"{tag}c:{ask.breaker}", f"{tag}m"),
            ask.connector_id,
            budget.weight,
            budget.max_concurrent,
            [number for window in budget.windows for number in window],
            [number for quota in budget.quotas for number in quota],
            budget.towards,
        )

    def _places(self, ask: Ask, common: Common) -> int:
        """The number of the row with its budget's places and its workspace's markers."""
        who = (ask.workspace_id, ask.budget.key)
        return common.find(who) or common.add(who, (self._key(who[0], "p", who[1]), self._key(who[0], "m")))

    def _markers(self, workspace_id: str, common: Common) -> int:
        return common.find(workspace_id) or common.add(workspace_id, (self._key(workspace_id, "m"),))

    def _claim(self, workspace_id: str, execution_id: str) -> str:
        return f"{self._head}{workspace_id}{self._tail}x:{execution_id}"

    async def _on_memory(self, name: str, arguments: Sequence[Any]) -> Any:
        try:
            return await self._scripts.run(name, [self._memory], arguments)
        except DamagedKeyError as error:
            raise AdmissionUnavailableError(f"{self._memory} is damaged: {error}") from error

    def _emptied(self) -> StoreEmptiedError:
        return StoreEmptiedError(f"the store has forgotten generation {self.generation or '(none)'}")

    def _triples(self, asks: Sequence[Ask]) -> list[str]:
        keys: list[str] = []
        for ask in asks:
            tag = f"{self._head}{ask.workspace_id}{self._tail}"
            keys += (f"{tag}x:{ask.execution_id}", f"{tag}p:{ask.budget.key}", f"{tag}m")
        return keys

    def _pairs(self, asks: Sequence[Ask]) -> list[str]:
        return [
            key
            for ask in asks
            for key in (
                self._key(ask.workspace_id, "x", ask.execution_id),
                self._key(ask.workspace_id, "p", ask.budget.key),
            )
        ]

    def _key(self, workspace_id: str, kind: str, name: str = "") -> str:
        """`kind`: x execution, b budget, p places of a budget, c circuit breaker; "m" alone are the markers."""
        key = f"{self._head}{workspace_id}{self._tail}{kind}"
        return f"{key}:{name}" if name else key


def _us(seconds: float) -> int:
    """Within what the scripts can count: their numbers are doubles, and an expiry is an integer."""
    return round((seconds if seconds < MAX_SECONDS else MAX_SECONDS) * 1_000_000)


def _unpack(packed: bytes) -> Any:
    return msgspec.msgpack.decode(packed)


def _text(fields: dict[bytes, bytes]) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in fields.items()}


def _admitted(verdict: str, wait: int | float, result: str, watched: int = 1) -> Admitted:
    if verdict == "settled":
        return Admitted(Verdict.SETTLED, position=_position(int(wait)))
    return Admitted(VERDICTS[verdict], int(wait), result.encode(), watched != 0)


def _packed(position: Position | None) -> int:
    """A number that Lua's 53 bits hold; 0 where the position is not known, or cannot be told."""
    if position is None or position.partition >= PARTITIONS:
        return 0
    return position.offset * PARTITIONS + position.partition + 1


def _position(packed: int) -> Position | None:
    return Position((packed - 1) % PARTITIONS, (packed - 1) // PARTITIONS) if packed else None
