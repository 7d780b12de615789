"""Every table of every service, found in the catalogue: who sees its rows, and who can change them.

A table that is new is walked too. Where a role has no right at all, it sees nothing either.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

import connector_executor
import connector_registry
import connectors_local.flows
import field_mapper
from connectors_local.database_users import administrator
from connectors_shared.runtime.migrations import SUMS, TABLE, bring_up_to_date
from connectors_shared.runtime.postgres import WORKSPACE, WORKSPACES
from connectors_shared.runtime.roles import Role, acting_as, role_name


@dataclass(frozen=True, slots=True)
class Service:
    """`setting`: what its policies compare with, as text. `spanned`: what its worker works on for all workspaces."""

    schema: str
    migrations: Callable[[], Path]
    setting: str
    written: str
    spanned: frozenset[str]


SERVICES = {
    service.schema: service
    for service in (
        Service(
            "executor",
            connector_executor.migrations_dir,
            WORKSPACE,
            "{}",
            frozenset({"parked_executions", "backlogs"}),
        ),
        Service(
            "registry",
            connector_registry.migrations_dir,
            WORKSPACE,
            "{}",
            frozenset(
                {
                    *("outbox", "deletions", "oauth_tokens", "oauth_authorizations"),
                    *("connector_executions", "execution_ids", "execution_mappings"),
                    *("execution_rollups", "connector_flows", "feed_heads", "execution_feed"),
                    "notices",
                    "connector_drafts",
                    "idempotent_requests",
                }
            ),
        ),
        Service(
            "flows",
            connectors_local.flows.migrations_dir,
            WORKSPACE,
            "{}",
            frozenset({"flow_versions", "runs", "run_steps", "outbox"}),
        ),
        Service(
            "mapper",
            field_mapper.migrations_dir,
            WORKSPACES,
            "{{{}}}",
            frozenset(
                {"idempotent_requests", "applied_executions", "contact_edits", "deleted_contacts", "contact_imports"}
            ),
        ),
    )
}
NOBODYS = (TABLE, SUMS, "census")
"""Tables that hold nothing of a workspace: notes on migrations, and how much is parked in all."""
SAMPLES: Mapping[str, str] = {
    "uuid": "gen_random_uuid()",
    "text": "md5(random()::text)",
    "bytea": "gen_random_uuid()::text::bytea",
    "jsonb": "'{}'",
    "json": "'{}'",
    "boolean": "false",
    "smallint": "1",
    "integer": "1",
    "bigint": "(random() * 1e9)::bigint",
    "double precision": "1",
    "date": "current_date",
    "timestamp with time zone": "now()",
    "text[]": "'{}'",
    "uuid[]": "'{}'",
    "timestamp with time zone[]": "'{}'",
}
"""A value for a column that needs one, by its type."""
COLUMNS = """
    SELECT attname AS name, format_type(atttypid, atttypmod) AS type
    FROM pg_attribute
    WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attnotnull
        AND NOT atthasdef AND attidentity = '' AND attname <> 'workspace_id'
"""
TABLES = """
    SELECT c.relname AS name
    FROM pg_class c
    WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND c.relname <> ALL($2::text[])
"""
CHANGEABLE = """
    SELECT attname
    FROM pg_attribute
    WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped
        AND has_column_privilege(attrelid, attnum, 'UPDATE')
    LIMIT 1
"""
RULES = """
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', conrelid::regclass, conname)
    FROM pg_constraint
    WHERE connamespace = $1::regnamespace AND contype IN ('c', 'f') AND conparentid = 0
    ORDER BY contype DESC
"""
EXPOSED = """
    SELECT c.relname
    FROM pg_class c
    WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relrowsecurity
        AND EXISTS (SELECT FROM unnest($2::text[]) AS role
            WHERE has_any_column_privilege(role, c.oid, 'SELECT, INSERT, UPDATE')
                OR has_table_privilege(role, c.oid, 'DELETE, TRUNCATE'))
"""

UNSAFE = """
    SELECT proname
    FROM pg_proc
    WHERE pronamespace = $1::regnamespace AND prosecdef AND (
        NOT coalesce(array_to_string(proconfig, ' ') LIKE '%search_path=%', false)
        OR has_function_privilege('public', oid, 'EXECUTE') OR has_function_privilege($2, oid, 'EXECUTE')
    )
"""


@dataclass(frozen=True, slots=True)
class Table:
    """`columns`: what a row needs, each with an expression for its value. `says_whose`: it has a workspace."""

    name: str
    columns: Mapping[str, str]
    says_whose: bool

    def insertion(self, workspace: UUID) -> str:
        values = dict(self.columns) | ({"workspace_id": f"'{workspace}'"} if self.says_whose else {})
        names = ", ".join(f'"{name}"' for name in values)
        return f"INSERT INTO {self.name} ({names}) VALUES ({', '.join(values.values())})"


@dataclass(frozen=True, slots=True)
class Filled:
    """A database in which every table has one row of each of two workspaces."""

    url: str
    service: Service
    tables: Mapping[str, "Table"]
    ours: UUID
    theirs: UUID

    @asynccontextmanager
    async def session(self, role: Role, workspace: UUID | None = None) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(acting_as(self.url, self.service.schema, role))
        try:
            if workspace is not None:
                value = self.service.written.format(workspace)
                await connection.execute("SELECT set_config($1, $2, false)", self.service.setting, value)
            yield connection
        finally:
            await connection.close()


@pytest.fixture(params=sorted(SERVICES))
async def filled(request: pytest.FixtureRequest, database: str, administrator_url: str) -> Filled:
    service = SERVICES[request.param]
    await bring_up_to_date(database, service.migrations(), service.schema)
    ours, theirs = uuid4(), uuid4()
    async with administrator(administrator_url) as admin:
        names = [row["name"] for row in await admin.fetch(TABLES, service.schema, NOBODYS)]
        # A row of random values keeps no rule of its table, and needs none.
        for (statement,) in await admin.fetch(RULES, service.schema):
            await admin.execute(statement)
        tables = {name: await _table(admin, f'{service.schema}."{name}"') for name in names}
        for table in tables.values():
            await admin.execute(table.insertion(ours))
            await admin.execute(table.insertion(theirs))
    return Filled(database, service, tables, ours, theirs)


async def _table(admin: asyncpg.Connection, name: str) -> Table:
    needed = await admin.fetch(COLUMNS, name)
    says_whose = await admin.fetchval(
        "SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = $1::regclass AND attname = 'workspace_id')", name
    )
    return Table(name, {column["name"]: SAMPLES[column["type"]] for column in needed}, says_whose)


async def result(connection: asyncpg.Connection, statement: str) -> int:
    """How many rows it sees or changes; none where there is no right to. What it has done is undone."""
    undone = connection.transaction()
    await undone.start()
    try:
        status = await connection.execute(statement)
    except asyncpg.InsufficientPrivilegeError:
        return 0
    finally:
        await undone.rollback()
    return int(status.rpartition(" ")[2])


async def touched(connection: asyncpg.Connection, table: Table) -> dict[str, int]:
    """How many rows somebody can see, change and remove."""
    column = await connection.fetchval(CHANGEABLE, table.name)
    return {
        "seen": await result(connection, f"SELECT * FROM {table.name}"),
        "changed": await result(connection, f'UPDATE {table.name} SET "{column}" = "{column}"') if column else 0,
        "removed": await result(connection, f"DELETE FROM {table.name}"),
    }


async def test_every_table_has_row_level_security_and_says_whose_its_rows_are(filled: Filled) -> None:
    roles = [role_name(filled.service.schema, role) for role in (Role.APP, Role.WORKER)]
    async with filled.session(Role.OWNER) as owner:
        exposed = await owner.fetch(EXPOSED, filled.service.schema, roles)
    assert [row[0] for row in exposed] == []
    assert [name for name, table in filled.tables.items() if not table.says_whose] == []


async def test_what_runs_with_the_rights_of_the_owner_finds_its_own_names_and_is_for_the_worker(filled: Filled) -> None:
    async with filled.session(Role.OWNER) as owner:
        unsafe = await owner.fetch(UNSAFE, filled.service.schema, role_name(filled.service.schema, Role.APP))
    assert [row[0] for row in unsafe] == []


async def test_without_a_workspace_the_app_reaches_nothing(filled: Filled) -> None:
    async with filled.session(Role.APP) as app:
        for name, table in filled.tables.items():
            assert set((await touched(app, table)).values()) == {0}, name


async def test_with_a_workspace_the_app_reaches_its_rows_alone(filled: Filled) -> None:
    async with filled.session(Role.APP, uuid4()) as stranger, filled.session(Role.APP, filled.ours) as app:
        seen = {}
        for name, table in filled.tables.items():
            assert set((await touched(stranger, table)).values()) == {0}, name
            seen[name] = await touched(app, table)
            assert set(seen[name].values()) <= {0, 1}, name
            theirs = f"SELECT * FROM {table.name} WHERE workspace_id = '{filled.theirs}'"
            assert await result(app, theirs) == 0, name
    assert any(found["seen"] for found in seen.values())


async def test_the_app_gives_no_row_to_another_workspace(filled: Filled) -> None:
    async with filled.session(Role.APP, filled.ours) as app:
        for table in filled.tables.values():
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await app.execute(table.insertion(filled.theirs))
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await app.execute(f"UPDATE {table.name} SET workspace_id = '{filled.theirs}'")


async def test_the_worker_reaches_what_it_works_on_and_nothing_else(filled: Filled) -> None:
    async with filled.session(Role.WORKER) as worker:
        for name, table in filled.tables.items():
            found = await touched(worker, table)
            assert found["seen"] == (2 if name in filled.service.spanned else 0), name
            assert set(found.values()) <= {0, found["seen"]}, name


async def test_a_user_who_becomes_no_role_reaches_nothing(filled: Filled) -> None:
    connection = await asyncpg.connect(filled.url)
    try:
        for name, table in filled.tables.items():
            assert await result(connection, f"SELECT * FROM {table.name}") == 0, name
    finally:
        await connection.close()


async def test_a_backfill_of_the_owner_reaches_every_row(filled: Filled) -> None:
    async with filled.session(Role.OWNER) as owner:
        assert not await owner.fetchval("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        for name, table in filled.tables.items():
            assert await result(owner, f"SELECT * FROM {table.name}") == 2, name
            assert await result(owner, f"DELETE FROM {table.name}") == 2, name
