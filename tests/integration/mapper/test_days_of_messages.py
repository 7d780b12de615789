"""Messages are kept by day, and days are dropped whole: whoever was away, and whatever a clock said."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from connectors_shared.runtime.migrations import bring_up_to_date
from connectors_shared.runtime.postgres import Work, open_pool
from connectors_shared.runtime.postgres_faults import DatabaseUnavailableError
from connectors_shared.runtime.roles import Role
from field_mapper import migrations_dir
from field_mapper.model import ContactRef
from field_mapper.outbound.repository import PostgresContacts
from field_mapper.outbound.retention import DAYS_AHEAD, PostgresRetention
from field_mapper.publishing import Portion

KEPT = 3
OTHER = "update_bodies_other"
PARTITION = "SELECT tableoid::regclass::text FROM update_bodies WHERE sequence = $1"


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    """Of the owner, who sees all rows and may make days."""
    await bring_up_to_date(database, migrations_dir(), "mapper")
    async with await open_pool(database, max_size=2, schema="mapper", role=Role.OWNER) as pool:
        yield pool


@pytest.fixture
async def worker(database: str, pool: asyncpg.Pool) -> AsyncIterator[asyncpg.Pool]:
    """Who keeps the days."""
    async with await open_pool(database, max_size=1, schema="mapper", role=Role.WORKER) as worker:
        yield worker


async def today(pool: asyncpg.Pool) -> date:
    day: date = await pool.fetchval("SELECT (now() AT TIME ZONE 'UTC')::date")
    return day


async def days(pool: asyncpg.Pool) -> list[date]:
    rows = await pool.fetch("SELECT inhrelid::regclass::text AS name FROM pg_inherits ORDER BY 1")
    names = [row["name"] for row in rows if re.fullmatch("update_bodies_[0-9]{8}", row["name"])]
    return [datetime.strptime(name[-8:], "%Y%m%d").replace(tzinfo=UTC).date() for name in names]


async def a_day(pool: asyncpg.Pool, day: date) -> None:
    values = f"FOR VALUES FROM ('{day}') TO ('{day + timedelta(days=1)}')"
    await pool.execute(f"CREATE TABLE update_bodies_{day:%Y%m%d} PARTITION OF update_bodies {values}")


async def a_body(pool: asyncpg.Pool, day: date, sequence: int, *, unpublished: bool = False) -> None:
    await pool.execute("INSERT INTO update_bodies VALUES ($1, $2, $3, $4)", day, sequence, uuid4(), b"{}")
    if unpublished:
        await pool.execute(
            "INSERT INTO unpublished_updates VALUES ($1, $2, $3, $4, 0, $5, 2)",
            *(uuid4(), uuid4(), sequence, uuid4(), day),
        )


async def keep_days(worker: asyncpg.Pool) -> None:
    await PostgresRetention(worker).keep_update_days(KEPT)


async def test_days_to_come_are_there_before_they_come_and_old_ones_are_dropped(
    pool: asyncpg.Pool, worker: asyncpg.Pool
) -> None:
    now = await today(pool)
    await a_day(pool, now - timedelta(days=KEPT))
    await a_day(pool, now - timedelta(days=KEPT + 1))
    await keep_days(worker)
    await keep_days(worker)
    found = await days(pool)
    assert now - timedelta(days=KEPT) in found
    assert now - timedelta(days=KEPT + 1) not in found
    assert {now + timedelta(days=ahead) for ahead in range(-1, DAYS_AHEAD + 1)} <= set(found)


async def test_a_day_of_which_something_is_not_published_stays(pool: asyncpg.Pool, worker: asyncpg.Pool) -> None:
    old = await today(pool) - timedelta(days=30)
    await a_day(pool, old)
    await a_body(pool, old, 1, unpublished=True)
    await keep_days(worker)
    assert old in await days(pool)
    await pool.execute("DELETE FROM unpublished_updates")
    await keep_days(worker)
    assert old not in await days(pool)


async def test_a_job_that_was_away_for_weeks_loses_nothing_and_catches_up(
    pool: asyncpg.Pool, worker: asyncpg.Pool
) -> None:
    """As it is when the days that were made ahead are over."""
    now = await today(pool)
    for day in await days(pool):
        await pool.execute(f"DROP TABLE update_bodies_{day:%Y%m%d}")
    await a_body(pool, now, 1, unpublished=True)
    assert await pool.fetchval(PARTITION, 1) == OTHER
    await keep_days(worker)
    assert await pool.fetchval(PARTITION, 1) == OTHER
    tomorrow = now + timedelta(days=1)
    await a_body(pool, tomorrow, 2)
    assert await pool.fetchval(PARTITION, 2) == f"update_bodies_{tomorrow:%Y%m%d}"


async def test_messages_of_a_clock_that_was_wrong_are_kept_until_they_are_published(
    pool: asyncpg.Pool, worker: asyncpg.Pool
) -> None:
    now = await today(pool)
    far, past = now + timedelta(days=2000), now - timedelta(days=2000)
    await a_body(pool, far, 1, unpublished=True)
    await a_body(pool, past, 2)
    await keep_days(worker)
    assert [row["sequence"] for row in await pool.fetch("SELECT sequence FROM update_bodies")] == [1]
    await pool.execute("DELETE FROM unpublished_updates")
    await keep_days(worker)
    assert await pool.fetchval("SELECT count(*) FROM update_bodies") == 0
    assert now in await days(pool)


async def test_a_message_is_published_of_its_own_workspace_only(pool: asyncpg.Pool, database: str) -> None:
    workspace_id, subject = uuid4(), uuid4()
    await a_body(pool, await today(pool), 1)
    await pool.execute(
        "INSERT INTO unpublished_updates VALUES ($1, $2, 1, $3, 0, $4, 2)",
        *(workspace_id, subject, uuid4(), await today(pool)),
    )
    ref = ContactRef(workspace_id, subject)
    async with (
        await open_pool(database, max_size=1, schema="mapper", role=Role.APP) as app,
        PostgresContacts(app, Work.BACKGROUND).unpublished([ref], {}, Portion(10, 1000)) as due,
    ):
        assert (due.updates, len(due.lost)) == ([], 1)


async def test_whoever_holds_the_table_holds_the_job_up_and_the_job_nobody(
    pool: asyncpg.Pool, worker: asyncpg.Pool, administrator_url: str
) -> None:
    old = await today(pool) - timedelta(days=30)
    await a_day(pool, old)
    connection = await asyncpg.connect(administrator_url)
    try:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("SELECT count(*) FROM mapper.update_bodies")
        with pytest.raises(DatabaseUnavailableError, match="LockNotAvailableError"):
            await keep_days(worker)
        await transaction.rollback()
    finally:
        await connection.close()
    await keep_days(worker)
    assert old not in await days(pool)
