"""Migrations at the start of a service: applied when something is missing, asked for with one query otherwise."""

from pathlib import Path

import asyncpg
import pytest

from connectors_shared.runtime import migrations
from connectors_shared.runtime.migrations import MigrationError, bring_up_to_date


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, "0001_first", "CREATE TABLE first (id int)")
    return tmp_path


def write(folder: Path, name: str, up: str) -> None:
    (folder / f"{name}.sql").write_text(f"-- migrate:up\n{up};\n-- migrate:down\n")


async def tables(database: str) -> set[str]:
    connection = await asyncpg.connect(database)
    try:
        rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {row["tablename"] for row in rows}
    finally:
        await connection.close()


async def test_what_is_missing_is_applied_and_what_is_there_starts_no_program(
    database: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bring_up_to_date(database, folder, "thing")
    write(folder, "0002_second", "CREATE TABLE second (id int)")
    await bring_up_to_date(database, folder, "thing")
    assert await tables(database) == {"first", "second", "thing_migrations"}

    def refuse(*_arguments: object) -> None:
        raise AssertionError("the tool was started")

    monkeypatch.setattr(migrations, "migrate", refuse)
    await bring_up_to_date(database, folder, "thing")
    (folder / "0002_second.sql").unlink()
    await bring_up_to_date(database, folder, "thing")


async def test_one_that_fails_is_an_error_and_is_tried_again_at_the_next_start(database: str, folder: Path) -> None:
    write(folder, "0002_wrong", "CREATE TABLE first (id int)")
    for _ in range(2):
        with pytest.raises(MigrationError, match="already exists"):
            await bring_up_to_date(database, folder, "thing")
