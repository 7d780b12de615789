"""The updates of one contact are published in the order of the writes, whoever was slow or died in between."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import asyncpg
import pytest

from connectors_shared.contract.execution import ConnectorResult
from connectors_shared.contract.updates import ContactUpdated
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.migrations import bring_up_to_date
from connectors_shared.runtime.postgres import Work, open_pool
from connectors_shared.runtime.roles import Role
from field_mapper import migrations_dir, publishing
from field_mapper.batch import BatchProcessor
from field_mapper.metrics import MapperMetrics
from field_mapper.outbound.publisher import Outgoing
from field_mapper.outbound.repository import PostgresContacts
from field_mapper.regions import Regions
from field_mapper.retries import Retries
from tests.unit.mapper.builders import CREATE, a_result, user
from tests.unit.mapper.twin import FakeRecord

DEADLINE_SECONDS = 20
WORKSPACE = uuid4()
SLEEPERS = """
SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND datname = current_database()
"""
"""Whoever waits, of whichever role: what others wait for is not told to everybody by `pg_stat_activity` alone."""


@dataclass
class Topic:
    """`contact.updated`, as everybody sees it."""

    messages: list[ContactUpdated] = field(default_factory=list)

    @property
    def executions(self) -> list[UUID]:
        return [message.execution_id for message in self.messages]


@dataclass
class Slow:
    """Sends when it is let, or never."""

    topic: Topic
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    sending: asyncio.Event = field(default_factory=asyncio.Event)
    sizes: list[int] = field(default_factory=list)

    async def send(self, messages: Sequence[Outgoing]) -> dict[int, Exception]:
        self.sending.set()
        await self.gate.wait()
        self.sizes.append(len(messages))
        self.topic.messages += [ContactUpdated.model_validate_json(message.value or b"") for message in messages]
        return {}


@dataclass
class Mapper:
    processor: BatchProcessor
    publisher: Slow

    async def take(self, *results: ConnectorResult) -> None:
        left = [FakeRecord(result.to_json()) for result in results]
        while left:
            done = await self.processor.process(left)
            assert done
            left = left[len(done) :]


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    """Of the owner, who sees all rows."""
    await bring_up_to_date(database, migrations_dir(), "mapper")
    async with await open_pool(database, max_size=1, schema="mapper", role=Role.OWNER) as pool:
        yield pool


@pytest.fixture
async def app(database: str, pool: asyncpg.Pool) -> AsyncIterator[asyncpg.Pool]:
    """What mappers work through."""
    async with await open_pool(database, max_size=6, schema="mapper", role=Role.APP) as app:
        yield app


def a_mapper(app: asyncpg.Pool, topic: Topic, *, slow: bool = False) -> Mapper:
    publisher = Slow(topic)
    if not slow:
        publisher.gate.set()
    contacts, regions, metrics = PostgresContacts(app, Work.BACKGROUND), Regions("US"), MapperMetrics()
    return Mapper(
        BatchProcessor(contacts, publisher, regions, SystemClock(), metrics, Retries(lambda _step: None)),
        publisher,
    )


def a_change(name: str, email: str = "ann@example.com") -> ConnectorResult:
    """Found by the address, so that results of different partitions meet in one contact."""
    return a_result(WORKSPACE, {"n": name, "e": email}, user("n", "first_name"), user("e", "email"), options=CREATE)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not await holds():
            await asyncio.sleep(0.02)


async def test_a_slow_publisher_is_not_overtaken(pool: asyncpg.Pool, app: asyncpg.Pool) -> None:
    topic = Topic()
    slow, quick = a_mapper(app, topic, slow=True), a_mapper(app, topic)
    first, second = a_change("Ann"), a_change("Bea")
    sending = asyncio.create_task(slow.take(first))
    await asyncio.wait_for(slow.publisher.sending.wait(), DEADLINE_SECONDS)
    overtaking = asyncio.create_task(quick.take(second, first))

    async def waits_or_is_done() -> bool:
        return overtaking.done() or bool(await pool.fetchval(SLEEPERS))

    await until(waits_or_is_done)
    slow.publisher.gate.set()
    await asyncio.wait_for(asyncio.gather(sending, overtaking), DEADLINE_SECONDS)
    assert topic.executions == [first.execution_id, second.execution_id]
    assert topic.messages[0].contact_id == topic.messages[1].contact_id
    assert (topic.messages[0].sequence or 0) < (topic.messages[1].sequence or 0)


async def test_what_a_killed_mapper_left_unpublished_goes_before_what_came_later(
    pool: asyncpg.Pool, app: asyncpg.Pool
) -> None:
    topic = Topic()
    killed, heir = a_mapper(app, topic, slow=True), a_mapper(app, topic)
    first, second, other = a_change("Ann"), a_change("Bea"), a_change("Cid", "cid@example.com")
    dying = asyncio.create_task(killed.take(first, other))
    await asyncio.wait_for(killed.publisher.sending.wait(), DEADLINE_SECONDS)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    assert await pool.fetchval("SELECT count(*) FROM applied_executions") == 2
    await heir.take(second)
    await heir.take(first, other)
    assert topic.executions == [first.execution_id, second.execution_id, other.execution_id]
    assert await pool.fetchval("SELECT count(*) FROM unpublished_updates") == 0


async def test_mappers_that_share_contacts_publish_each_contacts_updates_in_order(app: asyncpg.Pool) -> None:
    topic = Topic()
    mappers = [a_mapper(app, topic) for _ in range(3)]
    batches = [
        [a_change(f"N{n}", f"p{n % 7}@example.com") for n in range(first, first + 10)] for first in range(0, 240, 10)
    ]

    async def work(mapper: Mapper, mine: list[list[ConnectorResult]]) -> None:
        for batch in mine:
            await mapper.take(*batch)
            await mapper.take(*batch[5:])

    await asyncio.gather(*(work(mapper, batches[number::3]) for number, mapper in enumerate(mappers)))
    assert len(topic.executions) == len(set(topic.executions)) == 240
    for contact in {message.contact_id for message in topic.messages}:
        sequences = [message.sequence or 0 for message in topic.messages if message.contact_id == contact]
        assert sequences == sorted(sequences)


async def test_what_others_left_is_read_and_published_in_slices(
    pool: asyncpg.Pool, app: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A contact of which very much is unpublished; bodies of one slice are in memory at a time."""
    topic = Topic()
    killed = a_mapper(app, topic, slow=True)
    left = [a_change(f"N{n}") for n in range(7)]
    for one in left:
        dying = asyncio.create_task(killed.take(one))
        await asyncio.wait_for(killed.publisher.sending.wait(), DEADLINE_SECONDS)
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)
        killed.publisher.sending.clear()
    size = await pool.fetchval("SELECT max(body_bytes) FROM unpublished_updates")
    monkeypatch.setattr(publishing, "WHOLE", publishing.Portion(updates=5, bytes=3 * size))
    heir = a_mapper(app, topic)
    await heir.take(last := a_change("last"))
    assert topic.executions == [one.execution_id for one in (*left, last)]
    assert heir.publisher.sizes == [3, 3, 2]
    assert await pool.fetchval("SELECT count(*) FROM unpublished_updates") == 0


SCANS = "SELECT seq_scan, seq_scan + idx_scan AS scans FROM pg_stat_user_tables WHERE relname = 'unpublished_updates'"


async def test_what_waits_is_looked_up_also_where_postgres_believes_that_nothing_does(
    database: str, pool: asyncpg.Pool
) -> None:
    """Whoever has seen the table empty plans to read all of it, and keeps to that while it fills."""
    topic = Topic()
    await pool.execute("VACUUM (ANALYZE) unpublished_updates")
    before = await pool.fetchrow(SCANS)
    assert before
    async with await open_pool(database, max_size=1, schema="mapper", role=Role.APP) as app:
        for number in range(8):  # after five plans Postgres keeps one
            await a_mapper(app, topic).take(a_change(f"Ann {number}"), a_change("Bea", "bea@example.com"))

    async def told() -> bool:
        """What a session has counted is known when it has ended."""
        row = await pool.fetchrow(SCANS)
        return row is not None and row["scans"] > before["scans"]

    await until(told)
    after = await pool.fetchrow(SCANS)
    assert len(topic.messages) == 16
    assert after
    assert after["seq_scan"] == before["seq_scan"]
