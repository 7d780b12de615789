"""The table, with its wall and its day."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
import pytest

from connector_registry import SCHEMA, migrations_dir
from connectors_local.database_users import administrator
from connectors_shared.http.answers import postgres as answers_in_postgres
from connectors_shared.http.answers.postgres import PostgresIdempotentAnswers
from connectors_shared.runtime.migrations import bring_up_to_date
from connectors_shared.runtime.postgres import open_pool
from connectors_shared.runtime.roles import Role
from tests.unit.registry.idempotency.answers_suite import ANSWER, FIRST, SECOND, IdempotentAnswersSuite, begun

CUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    await bring_up_to_date(database, migrations_dir(), SCHEMA)
    pool = await open_pool(database, schema=SCHEMA, role=Role.APP, max_size=4)
    yield pool
    await pool.close()


@pytest.fixture
def answers(pool: asyncpg.Pool) -> PostgresIdempotentAnswers:
    return PostgresIdempotentAnswers(lambda: pool)


@pytest.fixture
def impatient(pool: asyncpg.Pool) -> PostgresIdempotentAnswers:
    return PostgresIdempotentAnswers(lambda: pool, held_seconds=0.0)


class TestInPostgres(IdempotentAnswersSuite):
    """As the twin."""


async def test_after_a_day_a_key_is_free_again(answers: PostgresIdempotentAnswers, administrator_url: str) -> None:
    workspace = uuid4()
    await answers.finish(await begun(answers, workspace), ANSWER)
    async with administrator(administrator_url) as admin:
        await admin.execute("UPDATE registry.idempotent_requests SET begun_at = begun_at - interval '25 hours'")
        await begun(answers, workspace, SECOND)
        assert await admin.fetchval("SELECT count(*) FROM registry.idempotent_requests") == 1


async def test_old_keys_of_all_workspaces_are_swept(
    answers: PostgresIdempotentAnswers, database: str, administrator_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers_in_postgres, "SWEPT_AT_ONCE", 2)
    for n in range(5):
        await answers.begin(uuid4(), f"k{n}", FIRST)
    async with administrator(administrator_url) as admin:
        old = "UPDATE registry.idempotent_requests SET begun_at = begun_at - interval '25 hours' WHERE key <> 'k0'"
        await admin.execute(old)
        worker = await open_pool(database, schema=SCHEMA, role=Role.WORKER, max_size=1)
        assert await answers_in_postgres.sweep(worker) == 4
        await worker.close()
        assert await admin.fetchval("SELECT key FROM registry.idempotent_requests") == "k0"


async def test_a_create_whose_connection_is_cut_before_its_answer_is_stored_is_answered_to_who_asks_again(
    client: httpx2.AsyncClient, a_connector: Any, administrator_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cut(*_arguments: Any) -> None:
        async with administrator(administrator_url) as admin:
            await admin.execute(CUT)
        raise ConnectionResetError

    key = {"Idempotency-Key": "k"}
    with monkeypatch.context() as patched:
        patched.setattr(PostgresIdempotentAnswers, "finish", cut)
        first = await client.post("/api/connectors", json=a_connector(), headers=key)
    assert first.status_code in (201, 202)
    async with asyncio.timeout(60):
        while (again := await client.post("/api/connectors", json=a_connector(), headers=key)).status_code == 503:
            await asyncio.sleep(0.02)  # until the pool has new connections
    assert (again.status_code, again.headers["idempotency-replayed"]) == (202, "true")
    assert again.json() == first.json() | {"published": False}
    assert len((await client.get("/api/connectors")).json()["connectors"]) == 1
