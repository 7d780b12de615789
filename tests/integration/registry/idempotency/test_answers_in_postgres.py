"""The table, with its wall and its day."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from connector_registry import SCHEMA, migrations_dir
from connector_registry.idempotency.postgres import PostgresIdempotentAnswers
from connectors_shared.runtime.migrations import migrate
from connectors_shared.runtime.postgres import open_pool
from tests.unit.registry.idempotency.answers_suite import ANSWER, FIRST, SECOND, IdempotentAnswersSuite


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    await asyncio.to_thread(migrate, database, migrations_dir(), SCHEMA)
    pool = await open_pool(database, max_size=4)
    yield pool
    await pool.close()


@pytest.fixture
def answers(pool: asyncpg.Pool) -> PostgresIdempotentAnswers:
    return PostgresIdempotentAnswers(pool)


class TestInPostgres(IdempotentAnswersSuite):
    """As the twin."""


async def test_after_a_day_a_key_is_free_again(answers: PostgresIdempotentAnswers, pool: asyncpg.Pool) -> None:
    workspace = uuid4()
    await answers.begin(workspace, "k", FIRST)
    await answers.finish(workspace, "k", ANSWER)
    await pool.execute("UPDATE registry.idempotent_requests SET begun_at = begun_at - interval '25 hours'")
    assert await answers.begin(workspace, "k", SECOND) is None
    assert await pool.fetchval("SELECT count(*) FROM registry.idempotent_requests") == 1
