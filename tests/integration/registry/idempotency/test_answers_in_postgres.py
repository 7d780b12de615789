"""The table, with its wall and its day."""

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from connector_registry import SCHEMA, migrations_dir
from connector_registry.idempotency.postgres import PostgresIdempotentAnswers
from connectors_local.database_users import administrator
from connectors_shared.runtime.migrations import bring_up_to_date
from connectors_shared.runtime.postgres import open_pool
from connectors_shared.runtime.roles import Role
from tests.unit.registry.idempotency.answers_suite import ANSWER, FIRST, SECOND, IdempotentAnswersSuite


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    await bring_up_to_date(database, migrations_dir(), SCHEMA)
    pool = await open_pool(database, schema=SCHEMA, role=Role.APP, max_size=4)
    yield pool
    await pool.close()


@pytest.fixture
def answers(pool: asyncpg.Pool) -> PostgresIdempotentAnswers:
    return PostgresIdempotentAnswers(pool)


class TestInPostgres(IdempotentAnswersSuite):
    """As the twin."""


async def test_after_a_day_a_key_is_free_again(answers: PostgresIdempotentAnswers, administrator_url: str) -> None:
    workspace = uuid4()
    await answers.begin(workspace, "k", FIRST)
    await answers.finish(workspace, "k", ANSWER)
    async with administrator(administrator_url) as admin:
        await admin.execute("UPDATE registry.idempotent_requests SET begun_at = begun_at - interval '25 hours'")
        assert await answers.begin(workspace, "k", SECOND) is None
        assert await admin.fetchval("SELECT count(*) FROM registry.idempotent_requests") == 1
