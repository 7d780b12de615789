"""Refilling the store's memory from the log of results: newest first, within a budget, by one replica at a time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from connector_executor.admission.memory import InMemoryAdmission
from connector_executor.admission.memory_store import Store
from connector_executor.admission.parts import Parts
from connector_executor.admission.port import Admission, Ask, BudgetSpec, Ended, Position, Verdict
from connector_executor.metrics import ExecutorMetrics
from connector_executor.recovery import recovery as recovery_module
from connector_executor.recovery.recall import Recall
from connector_executor.recovery.recovery import Recovery
from connector_executor.recovery.results import Found, ResultLog, ResultsAwayError, Stretch, Take
from connector_executor.scheduling.claims import Claims
from connector_executor.scheduling.line import Line
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.supervision import Supervisor

SECOND_MS = 1_000
NOW_MS = 1_700_000_000_000
WINDOW_SECONDS = 1_000.0


class Ticking(SystemClock):
    """Every look at the clock takes a moment, so that budgets end."""

    def __init__(self, step_seconds: float) -> None:
        self.step_seconds = step_seconds
        self.at = 0.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(NOW_MS / 1000, UTC)

    def monotonic(self) -> float:
        self.at += self.step_seconds
        return self.at


@dataclass
class Log:
    """Partitions of (execution, moment), each a second younger than the one before, the last one now."""

    partitions: Sequence[Sequence[str]]
    away: bool = False
    workspace_of: Callable[[int], str] = lambda _offset: "w"
    read_stretches: list[Stretch] = field(default_factory=list)

    def moment_ms(self, number: int, offset: int) -> int:
        return NOW_MS - (len(self.partitions[number]) - 1 - offset) * SECOND_MS

    async def stretches(self, since_ms: int) -> list[Stretch]:
        found = []
        for number, ids in enumerate(self.partitions):
            offsets = [offset for offset in range(len(ids)) if self.moment_ms(number, offset) >= since_ms]
            found.append(Stretch(number, offsets[0] if offsets else len(ids), len(ids)))
        return found

    async def is_new(self) -> bool:
        return not any(self.partitions)

    async def read(self, stretch: Stretch, take: Take) -> None:
        self.read_stretches.append(stretch)
        for offset in range(stretch.start, stretch.stop):
            ended = Ended(
                self.workspace_of(offset),
                self.partitions[stretch.partition][offset],
                Position(stretch.partition, offset),
            )
            await take(Found([ended], self.moment_ms(stretch.partition, offset)))

    async def message(self, position: Position) -> bytes | None:
        ids = self.partitions[position.partition]
        if position.offset >= len(ids):
            return None
        return b'{"executionId":"%s","workspaceId":"%s"}' % (ids[position.offset].encode(), ids[0].encode())

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[ResultLog]:
        if self.away:
            raise ResultsAwayError("away")
        yield self


@dataclass
class Bench:
    admission: Any
    recovery: Recovery
    metrics: ExecutorMetrics


def a_replica(
    store: Store, log: Log, owner: str = "a", *, budget_seconds: float = 1e9, reads_wait_us: int = 0
) -> Bench:
    return over(
        InMemoryAdmission(store, owner, 2_000_000, 30_000_000, reads_wait_us=reads_wait_us), log, budget_seconds
    )


def over(admission: Any, log: Log, budget_seconds: float = 1e9) -> Bench:
    metrics = ExecutorMetrics()
    claims = Claims(admission, Line(metrics), Supervisor(lambda: None), metrics)
    recovery = Recovery(
        admission,
        claims,
        log.opened,
        Ticking(1.0),
        metrics,
        window_seconds=WINDOW_SECONDS,
        budget_seconds=budget_seconds,
    )
    return Bench(admission, recovery, metrics)


@pytest.fixture
def store() -> Store:
    return Store(lambda: NOW_MS * 1000)


def ids(prefix: str, many: int) -> list[str]:
    return [f"{prefix}{number}" for number in range(many)]


async def verdict_of(admission: Admission, execution_id: str, asked_at_ms: int = 0) -> Verdict:
    (answer,) = await admission.admit([Ask("w", execution_id, BudgetSpec("c"), asked_at_ms=asked_at_ms)])
    return answer.verdict


async def test_an_empty_store_knows_what_has_ended_before_writes_start(store: Store) -> None:
    bench = a_replica(store, Log([ids("a", 3), ids("b", 5)]))
    await bench.recovery.watch()
    assert await verdict_of(bench.admission, "new") is Verdict.RECOVERING
    await bench.recovery.watch()
    assert [await verdict_of(bench.admission, id_) for id_ in ("a0", "b4", "new")] == [
        Verdict.SETTLED,
        Verdict.SETTLED,
        Verdict.GO,
    ]
    assert (await bench.admission.look()).since_ms == 0


async def test_a_new_installation_does_not_wait(store: Store) -> None:
    bench = a_replica(store, Log([[], []]))
    await bench.recovery.watch()
    await bench.recovery.watch()
    assert await verdict_of(bench.admission, "1") is Verdict.GO
    assert store.knowledge is not None
    assert not store.knowledge.lost


async def test_partitions_are_read_backwards_side_by_side(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery_module, "STRETCH_RECORDS", 2)
    log = Log([ids("a", 4), ids("b", 4)])
    bench = a_replica(store, log)
    await bench.recovery.watch()
    await bench.recovery.watch()
    assert sorted(log.read_stretches[:2], key=lambda s: s.partition) == [Stretch(0, 2, 4), Stretch(1, 2, 4)]
    assert sorted(log.read_stretches[2:], key=lambda s: s.partition) == [Stretch(0, 0, 2), Stretch(1, 0, 2)]


async def test_what_a_budget_does_not_reach_is_doubted(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery_module, "STRETCH_RECORDS", 10)
    log = Log([ids("a", 500)])
    bench = a_replica(store, log, budget_seconds=15.0)
    await bench.recovery.watch()
    await bench.recovery.watch()
    memory = await bench.admission.look()
    assert memory.ready
    oldest_ms = log.moment_ms(0, log.read_stretches[-1].start)
    assert memory.since_ms == oldest_ms + recovery_module.MARGIN_MS
    assert await verdict_of(bench.admission, "repeat of something old", memory.since_ms - 1) is Verdict.UNKNOWN
    assert await verdict_of(bench.admission, "new", memory.since_ms) is Verdict.GO


async def test_what_is_older_than_the_window_is_not_read(store: Store) -> None:
    log = Log([ids("a", 3 * int(WINDOW_SECONDS))])
    bench = a_replica(store, log)
    await bench.recovery.watch()
    await bench.recovery.watch()
    assert min(stretch.start for stretch in log.read_stretches) == 2 * WINDOW_SECONDS - 1


async def test_while_kafka_is_away_writes_wait(store: Store) -> None:
    log = Log([ids("a", 3)], away=True)
    bench = a_replica(store, log)
    await bench.recovery.watch()
    await bench.recovery.watch()
    assert await verdict_of(bench.admission, "new") is Verdict.RECOVERING
    log.away = False
    await bench.recovery.watch()
    assert await verdict_of(bench.admission, "a1") is Verdict.SETTLED


async def test_one_replica_reads(store: Store) -> None:
    log, idle = Log([ids("a", 3)], away=True), Log([ids("a", 3)])
    first, second = a_replica(store, log, "a"), a_replica(store, idle, "b")
    for bench in (first, second, first, second):
        await bench.recovery.watch()
    assert idle.read_stretches == []
    assert await verdict_of(second.admission, "new") is Verdict.RECOVERING


async def test_a_result_is_recalled_only_for_its_own_execution() -> None:
    execution_id, other = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
    log = Log([[execution_id]])
    recall = Recall(log.opened)
    assert await recall(Position(0, 0), execution_id) == await log.message(Position(0, 0))
    assert await recall(Position(0, 0), other) is None
    assert await recall(Position(0, 7), execution_id) is None
    log.away = True
    assert await recall(Position(0, 0), execution_id) is None


async def test_a_refill_that_its_executor_left_is_gone_on_with_before_reads_stop_waiting() -> None:
    """What is repeatable is called without it ten seconds after a loss: then an id has two outcomes."""
    moment_us, waits_us = NOW_MS * 1000, 10_000_000
    store, log = Store(lambda: moment_us), Log([ids("a", 3)])
    gone, heir = (a_replica(store, log, owner, reads_wait_us=waits_us) for owner in ("gone", "heir"))
    for bench in (gone, heir):
        await bench.admission.join()
    assert (await gone.admission.look()).refills
    for _ in range(waits_us // 1_000_000 - 1):
        moment_us += 1_000_000
        await heir.recovery.watch()
    moment_us += 2_000_000
    ask = Ask("w", "a1", BudgetSpec("c"), repeatable=True)
    [answer] = await heir.admission.admit([ask])
    assert answer.verdict is Verdict.SETTLED


@dataclass
class SlowLog(Log):
    """Each stretch takes four seconds, in which another replica looks as often as it does."""

    other: Admission | None = None
    pass_second: Callable[[], None] = lambda: None
    taken_over: int = 0

    async def read(self, stretch: Stretch, take: Take) -> None:
        assert self.other is not None
        for _ in range(4):
            self.pass_second()
            for _ in range(10):
                await asyncio.sleep(0)
            self.taken_over += (await self.other.look()).refills
        await super().read(stretch, take)


async def test_a_refill_is_not_taken_from_who_is_at_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery_module, "RENEWED_SECONDS", 0.0)
    moment_us = NOW_MS * 1000

    def pass_second() -> None:
        nonlocal moment_us
        moment_us += 1_000_000

    store = Store(lambda: moment_us)
    log = SlowLog([ids("a", 3), ids("b", 3)], pass_second=pass_second)
    first, second = a_replica(store, log, "first"), a_replica(store, Log([[], []]), "second")
    await first.admission.join()
    await second.admission.join()
    log.other = second.admission
    await first.recovery.watch()
    assert (log.taken_over, (await first.admission.look()).ready) == (0, True)


async def test_a_refill_that_another_has_taken_over_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery_module, "RENEWED_SECONDS", 0.0)
    moment_us, stuck = NOW_MS * 1000, asyncio.Event()

    class StuckLog(Log):
        async def read(self, stretch: Stretch, take: Take) -> None:
            nonlocal moment_us
            moment_us += 60_000_000
            assert (await other.admission.look()).refills
            await stuck.wait()

    store = Store(lambda: moment_us)
    mine, other = a_replica(store, StuckLog([ids("a", 3)]), "mine"), a_replica(store, Log([ids("a", 3)]), "other")
    await mine.admission.join()
    await other.admission.join()
    async with asyncio.timeout(5):
        await mine.recovery.watch()
        await other.recovery.watch()
    assert await verdict_of(other.admission, "a1") is Verdict.SETTLED


# A store of several parts.

WORKSPACES = [f"w{number}" for number in range(12)]


async def parts_of(stores: Sequence[Store], owner: str) -> Parts:
    return Parts([InMemoryAdmission(store, owner, 2_000_000, 30_000_000) for store in stores])


@pytest.fixture
def stores() -> list[Store]:
    return [Store(lambda: NOW_MS * 1000) for _ in range(3)]


def of_many_workspaces() -> Log:
    return Log([ids("a", 12), ids("b", 12)], workspace_of=lambda offset: WORKSPACES[offset])


async def verdicts_of(parts: Parts, execution_id: str) -> dict[int, set[Verdict]]:
    """By part, of all workspaces in it."""
    asks = [Ask(workspace, execution_id, BudgetSpec("c")) for workspace in WORKSPACES]
    found: dict[int, set[Verdict]] = {}
    for ask, answer in zip(asks, await parts.admit(asks), strict=True):
        found.setdefault(parts.part_of(ask.workspace_id), set()).add(answer.verdict)
    return found


async def test_parts_that_are_lost_at_once_are_refilled_by_one_reading(stores: list[Store]) -> None:
    parts, log = await parts_of(stores, "a"), of_many_workspaces()
    bench = over(parts, log)
    await bench.recovery.watch()
    await bench.recovery.watch()
    assert len(log.read_stretches) == 2, "each partition once"
    answers = await parts.admit([Ask(name, f"a{n}", BudgetSpec("c")) for n, name in enumerate(WORKSPACES)])
    assert {answer.verdict for answer in answers} == {Verdict.SETTLED}
    assert sum(len(store.markers) for store in stores) == 24
    assert await verdicts_of(parts, "new") == {number: {Verdict.GO} for number in range(3)}


async def test_a_part_that_forgets_is_refilled_alone_while_the_others_serve(stores: list[Store]) -> None:
    parts, log = await parts_of(stores, "a"), of_many_workspaces()
    bench = over(parts, log)
    for _ in range(2):
        await bench.recovery.watch()
    kept = [dict(store.markers) for store in stores]
    stores[1].forget_everything()
    log.away = True
    for _ in range(2):
        await bench.recovery.watch()
    assert await verdicts_of(parts, "new") == {0: {Verdict.GO}, 1: {Verdict.RECOVERING}, 2: {Verdict.GO}}
    assert bench.metrics.recovering._value.get() == 1
    log.away = False
    await bench.recovery.watch()
    assert [dict(store.markers) for store in stores] == kept
    assert await verdicts_of(parts, "newer") == {number: {Verdict.GO} for number in range(3)}
    assert bench.metrics.store_losses._value.get() == 1


async def test_a_part_that_does_not_answer_keeps_no_other_from_its_refill(
    stores: list[Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    parts, log = await parts_of(stores, "a"), of_many_workspaces()
    bench = over(parts, log)

    async def away(*_asked: Any) -> Any:
        raise ConnectionError("away")

    silent = parts.parts[0]
    for name in ("look", "join", "renew"):
        monkeypatch.setattr(silent, name, away)
    for _ in range(2):
        await bench.recovery.watch()
    assert not stores[0].markers
    assert stores[1].markers
    assert stores[2].markers
    monkeypatch.undo()
    for _ in range(3):
        await bench.recovery.watch()
    assert stores[0].markers
    assert await verdicts_of(parts, "new") == {number: {Verdict.GO} for number in range(3)}


async def test_executors_share_the_parts_that_are_to_be_refilled(stores: list[Store]) -> None:
    """Who asks first refills a part; what another one refills already is left to it."""
    first, second = await parts_of(stores, "a"), await parts_of(stores, "b")
    log, other = of_many_workspaces(), of_many_workspaces()
    for parts in (first, second):
        for part in parts.parts:
            await part.join()
    assert (await first.parts[0].look()).refills
    await over(second, other).recovery.watch()
    assert [store.knowledge.ready for store in stores if store.knowledge] == [False, True, True]
    await over(first, log).recovery.watch()
    assert [store.knowledge.ready for store in stores if store.knowledge] == [True, True, True]


async def test_a_loss_in_the_midst_of_a_refill_begins_it_anew(store: Store) -> None:
    """Somebody who asked has joined the new generation already: what was told before is lost with the old one."""
    log = Log([ids("a", 30)])
    bench = a_replica(store, log)
    await bench.recovery.watch()
    read = log.read

    async def lose(stretch: Stretch, take: Take) -> None:
        await read(stretch, take)
        log.read = read  # type: ignore[method-assign]
        store.forget_everything()
        await bench.recovery._claims.renew()
        assert (await bench.admission.look()).refills

    log.read = lose  # type: ignore[method-assign]
    await bench.recovery.watch()
    assert await verdict_of(bench.admission, "a7") is not Verdict.GO
    await bench.recovery.watch()
    assert len(store.markers) == 30
    assert await verdict_of(bench.admission, "a7") is Verdict.SETTLED
    assert await verdict_of(bench.admission, "new") is Verdict.GO
