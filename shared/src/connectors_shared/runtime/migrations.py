"""Plain SQL migrations, run by dbmate: each service owns one schema of the database."""

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg

ATTEMPTS = 3
PAUSE_SECONDS = 0.3
ASK_SECONDS = 5.0


class MigrationError(RuntimeError):
    """dbmate could not bring the schema up to date; the message is its own."""


async def bring_up_to_date(database_url: str, migrations: Path, schema: str) -> None:
    """Apply what is missing. Asks first, with one query, so that a start that finds all of them starts no program.

    Raises MigrationError.
    """
    if not _versions(migrations) <= await _applied(database_url, schema):
        await asyncio.to_thread(migrate, database_url, migrations, schema)


def _versions(migrations: Path) -> set[str]:
    """The number before the first underscore, as dbmate has it."""
    return {path.name.partition("_")[0] for path in migrations.glob("*.sql")}


async def _applied(database_url: str, schema: str) -> set[str]:
    """Nothing where nothing was ever applied, and where it cannot be asked: dbmate waits for a server, and says why."""
    try:
        connection = await asyncpg.connect(database_url, timeout=ASK_SECONDS)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return set()
    try:
        query = f'SELECT version FROM "{schema}_migrations"'  # noqa: S608 - a constant of the service
        return {row["version"] for row in await connection.fetch(query)}
    except asyncpg.UndefinedTableError:
        return set()
    finally:
        await connection.close()


def migrate(database_url: str, migrations: Path, schema: str) -> None:
    """Apply what is missing. Safe to run by several processes at once: dbmate takes an advisory lock.

    It takes it after it has made its own table, so the first processes on an empty database may trip over each other
    once; trying again is enough.
    """
    command = [
        str(Path(sys.executable).parent / "dbmate"),
        "--migrations-dir",
        str(migrations),
        "--migrations-table",
        f"{schema}_migrations",
        "--no-dump-schema",
        "--wait",
        "migrate",
    ]
    environment = os.environ | {"DATABASE_URL": _with_ssl_mode(database_url)}
    for attempt in range(1, ATTEMPTS + 1):
        finished = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
        if finished.returncode == 0:
            return
        if attempt < ATTEMPTS:
            time.sleep(PAUSE_SECONDS)
    raise MigrationError(finished.stderr.strip() or finished.stdout.strip())


def _with_ssl_mode(url: str) -> str:
    """lib/pq insists on TLS unless told otherwise; asyncpg tries and falls back, so say what it does."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    query.setdefault("sslmode", "disable" if parts.hostname in ("127.0.0.1", "localhost", "::1") else "prefer")
    return urlunsplit(parts._replace(query=urlencode(query)))
