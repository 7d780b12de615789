"""Migrations at the start of a service: by the owner of the schema, one process at a time, for as long as they take."""

import asyncio
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from structlog.testing import capture_logs

from connectors_local.database_users import administrator
from connectors_shared.runtime import migrations
from connectors_shared.runtime.migrations import MigrationChangedError, MigrationError, bring_up_to_date
from connectors_shared.runtime.roles import Role, acting_as, role_name

SCHEMA = "mapper"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, "0001_first", "CREATE TABLE mapper.first (id int)")
    return tmp_path


def write(folder: Path, name: str, up: str) -> None:
    (folder / f"{name}.sql").write_text(f"-- migrate:up\n{up};\n-- migrate:down\n")


async def asked(database: str, query: str) -> Any:
    """As the owner."""
    connection = await asyncpg.connect(acting_as(database, SCHEMA, Role.OWNER))
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def tables(database: str) -> set[str]:
    return set(await asked(database, "SELECT array_agg(tablename) FROM pg_tables WHERE schemaname = 'mapper'"))


async def test_what_is_missing_is_applied_and_what_is_there_starts_no_program(
    database: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bring_up_to_date(database, folder, SCHEMA)
    write(folder, "0002_second", "CREATE TABLE mapper.second (id int)")
    await bring_up_to_date(database, folder, SCHEMA)
    assert await tables(database) == {"first", "second", "schema_migrations", "schema_migration_sums"}

    def refuse(*_arguments: object) -> None:
        raise AssertionError("the tool was started")

    monkeypatch.setattr(migrations, "migrate", refuse)
    await bring_up_to_date(database, folder, SCHEMA)
    (folder / "0002_second.sql").unlink()
    await bring_up_to_date(database, folder, SCHEMA)


async def test_one_that_fails_is_an_error_and_is_tried_again_at_the_next_start(database: str, folder: Path) -> None:
    write(folder, "0002_wrong", "CREATE TABLE mapper.first (id int)")
    for _ in range(2):
        with pytest.raises(MigrationError, match="already exists"):
            await bring_up_to_date(database, folder, SCHEMA)


async def test_one_that_was_changed_after_it_was_applied_is_told_by_its_name(database: str, folder: Path) -> None:
    await bring_up_to_date(database, folder, SCHEMA)
    write(folder, "0001_first", "CREATE TABLE mapper.first (id int, name text)")
    write(folder, "0002_second", "CREATE INDEX ON mapper.first (name)")
    for _ in range(2):
        with pytest.raises(MigrationChangedError, match=r"mapper was made with another 0001_first\.sql"):
            await bring_up_to_date(database, folder, SCHEMA)
    assert "second" not in await tables(database)


async def test_one_that_failed_may_be_changed(database: str, folder: Path) -> None:
    write(folder, "0002_second", "CREATE TABLE mapper.first (id int)")
    with pytest.raises(MigrationError, match="already exists"):
        await bring_up_to_date(database, folder, SCHEMA)
    write(folder, "0002_second", "CREATE TABLE mapper.second (id int)")
    await bring_up_to_date(database, folder, SCHEMA)
    assert "second" in await tables(database)


async def test_what_was_applied_without_a_note_is_taken_as_it_is_or_refused(database: str, folder: Path) -> None:
    await bring_up_to_date(database, folder, SCHEMA)
    await asked(database, "DROP TABLE mapper.schema_migration_sums")
    with pytest.raises(
        MigrationChangedError, match=r"mapper is of a version that did not note what 0001_first\.sql held"
    ):
        await bring_up_to_date(database, folder, SCHEMA, adopts=False)
    with capture_logs() as logs:
        await bring_up_to_date(database, folder, SCHEMA)
        await bring_up_to_date(database, folder, SCHEMA, adopts=False)
    assert [line["versions"] for line in logs if line["event"] == "migrations.adopted"] == [["0001"]]


async def test_they_are_run_by_the_owner_who_is_no_administrator(database: str, folder: Path) -> None:
    await bring_up_to_date(database, folder, SCHEMA)
    owners = "SELECT array_agg(DISTINCT tableowner::text) FROM pg_tables WHERE schemaname = 'mapper'"
    assert await asked(database, owners) == [role_name(SCHEMA, Role.OWNER)]
    rights = (
        "SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = current_user"
    )
    assert await asked(database, rights) is False


async def test_no_time_limit_of_the_user_ends_them(database: str, administrator_url: str, folder: Path) -> None:
    write(folder, "0002_long", "CREATE TABLE mapper.limits AS SELECT current_setting('statement_timeout') AS statement")
    async with administrator(administrator_url) as admin:
        user = await admin.fetchval(
            "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
        )
        await admin.execute(f"ALTER ROLE \"{user}\" SET statement_timeout = '1s'")
    await bring_up_to_date(database, folder, SCHEMA)
    assert await asked(database, "SELECT statement FROM mapper.limits") == "0"


async def test_several_that_start_at_once_apply_each_once(database: str, folder: Path) -> None:
    write(folder, "0002_row", "CREATE TABLE mapper.rows AS SELECT 1 AS n")
    await asyncio.gather(*(bring_up_to_date(database, folder, SCHEMA) for _ in range(4)))
    assert await asked(database, "SELECT count(*) FROM mapper.rows") == 1


async def test_a_replica_that_waits_for_another_says_so(database: str, folder: Path) -> None:
    other = await asyncpg.connect(database)
    try:
        await other.execute("SELECT pg_advisory_lock(hashtextextended($1, 0))", migrations._lock(SCHEMA))
        with capture_logs() as logs:
            waiting = asyncio.create_task(bring_up_to_date(database, folder, SCHEMA))
            async with asyncio.timeout(60):
                while not any(line["event"] == "migrations.waiting" for line in logs):
                    assert not waiting.done()
                    await asyncio.sleep(0.01)  # the log calls nobody
            await other.execute("SELECT pg_advisory_unlock_all()")
            await waiting
    finally:
        await other.close()
    assert "first" in await tables(database)


async def test_a_user_who_may_not_make_the_roles_is_told_who_can(database: str, folder: Path) -> None:
    with pytest.raises(MigrationError, match=r"let an administrator make them once, see docs/postgres\.md"):
        await bring_up_to_date(database, folder, "nobody_has_made")


async def test_a_schema_of_somebody_else_is_not_taken(database: str, administrator_url: str, folder: Path) -> None:
    async with administrator(administrator_url) as admin:
        await admin.execute("ALTER SCHEMA mapper OWNER TO CURRENT_USER")
    with pytest.raises(MigrationError, match="let an administrator give it to connectors_mapper_owner"):
        await bring_up_to_date(database, folder, SCHEMA)
