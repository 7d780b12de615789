"""Entries in Postgres: there with their change or not at all, and nobody's to change."""

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
import pytest

from connector_registry import SCHEMA, migrations_dir
from connector_registry.connectors.port import VersionChanged
from connectors_local.database_users import administrator
from connectors_shared.http.audit import postgres as audit_in_postgres
from connectors_shared.http.audit.postgres import PostgresTrail, record
from connectors_shared.http.audit.trail import Trail, Wanted
from connectors_shared.http.principal import Scope
from connectors_shared.runtime.migrations import bring_up_to_date
from connectors_shared.runtime.postgres import Work, of_workspace, open_pool, session, transaction
from connectors_shared.runtime.roles import Role
from tests.tokens import EDITOR
from tests.unit.shared.http.audit.trail_suite import *  # noqa: F403  # the shared tests, collected here
from tests.unit.shared.http.audit.trail_suite import an_entry

OLDER = "UPDATE registry.audit_entries SET at = at - interval '100 days' WHERE thing_name <> 'new'"


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    await bring_up_to_date(database, migrations_dir(), SCHEMA)
    async with await open_pool(database, schema=SCHEMA, role=Role.APP, max_size=4) as pool:
        yield pool


@pytest.fixture
def trail(pool: asyncpg.Pool) -> PostgresTrail:
    return PostgresTrail(lambda: pool)


@pytest.mark.parametrize("statement", ["UPDATE audit_entries SET actor_id = 'bob'", "DELETE FROM audit_entries",
                                       "TRUNCATE audit_entries"])  # fmt: skip
async def test_the_service_cannot_change_what_was_recorded(pool: asyncpg.Pool, trail: Trail, statement: str) -> None:
    workspace = uuid4()
    await trail.note(an_entry(workspace))
    async with session(pool, of_workspace(workspace), Work.WRITE) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    assert len(await trail.page(workspace, Wanted(), None, 10)) == 1


async def test_an_entry_goes_with_its_change(pool: asyncpg.Pool, trail: Trail) -> None:
    workspace = uuid4()

    async def changed_by_somebody_else() -> None:
        async with transaction(pool, of_workspace(workspace), Work.WRITE) as connection:
            await record(connection, an_entry(workspace))
            raise VersionChanged

    with pytest.raises(VersionChanged):
        await changed_by_somebody_else()
    assert await trail.page(workspace, Wanted(), None, 10) == []


async def test_what_is_old_is_forgotten_and_what_is_young_by_nobody(
    trail: Trail, database: str, administrator_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_in_postgres, "FORGOTTEN_AT_ONCE", 2)
    workspace = uuid4()
    for name in ("old", "old", "old", "new"):
        await trail.note(an_entry(workspace, name=name))
    async with administrator(administrator_url) as admin:
        await admin.execute(OLDER)
    worker = await open_pool(database, schema=SCHEMA, role=Role.WORKER, max_size=1)
    assert await audit_in_postgres.forget(worker, 200) == 0
    assert await audit_in_postgres.forget(worker, 0) == 3
    await worker.close()
    assert [one.thing_name for one in await trail.page(workspace, Wanted(), None, 10)] == ["new"]


async def test_all_that_the_registry_does_is_recorded(
    client: httpx2.AsyncClient, a_connector: Callable[..., dict[str, Any]], sign_in: Callable[..., dict[str, str]]
) -> None:
    workspace = uuid4()
    client.headers.update(sign_in(workspace, [*EDITOR, Scope.WORKSPACE_ADMIN, Scope.CREDENTIALS_ADMIN]))
    made = (await client.post("/api/connectors", json=a_connector())).json()["id"]
    path = f"/api/connectors/{made}"
    await client.put(path, json={"name": "Another"})
    await client.post(f"{path}/disable")
    await client.delete(path)
    await client.post(f"{path}/restore")
    auth = {"type": "bearer", "token": "a-token-of-some-length"}
    body = {"name": "CRM", "auth": auth, "allowed_origins": ["https://a.example"]}
    shared = (await client.post("/api/credentials", json=body)).json()["id"]
    await client.put(f"/api/credentials/{shared}", json={"auth": auth | {"token": "another-token-of-some"}})
    await client.delete(f"/api/credentials/{shared}")
    await client.put("/api/workspace", json={"name": "Nord"})
    grant = (await client.post("/api/network-grants", json={"host": "a.example", "port": 80, "reason": "test"})).json()[
        "id"
    ]
    await client.delete(f"/api/network-grants/{grant}")
    found = (await client.get("/api/audit")).json()["entries"]
    assert [(one["thing"]["kind"], one["action"]) for one in reversed(found)] == [
        *(("connector", word) for word in ("created", "changed", "disabled", "deleted", "restored")),
        *(("credential", word) for word in ("created", "changed", "deleted")),
        ("workspace", "changed"),
        *(("grant", word) for word in ("created", "deleted")),
    ]
    assert {one["actor"]["id"] for one in found} == {"ann"}
