"""Plain SQL migrations, run by dbmate as the owner of the schema: each service has one schema of the database."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg

from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.roles import Role, acting_as, provision, role_name, with_settings

TABLE: Final = "schema_migrations"
ASK_SECONDS: Final = 5.0
SERVER_SECONDS: Final = 60.0
"""How long a server is waited for that does not answer yet."""
PAUSE_SECONDS: Final = 0.5
TOLD_SECONDS: Final = 10.0
"""How often a replica that waits for another one's migrations says so."""
NOT_YET: Final = (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError)
UNLIMITED: Final = {"statement_timeout": "0", "lock_timeout": "0", "idle_session_timeout": "0"}
"""Whatever is set for the user: a migration takes as long as it takes."""

log = get_logger(__name__)


class MigrationError(RuntimeError):
    """The schema could not be brought up to date; the message says why."""


async def bring_up_to_date(database_url: str, migrations: Path, schema: str) -> None:
    """Make the roles and the schema, and apply what is missing, however long it takes; one process at a time.

    Asks first, with one query, so that a start that finds all of them starts no program. Raises MigrationError.
    """
    wanted = _versions(migrations)
    if wanted <= await _applied(database_url, schema):
        return
    connection = await _connected(database_url)
    try:
        async with _turn(connection, schema):
            await _provision(connection, schema)
            if not wanted <= await _applied(database_url, schema):
                await asyncio.to_thread(migrate, database_url, migrations, schema)
    finally:
        await connection.close(timeout=ASK_SECONDS)


def _versions(migrations: Path) -> set[str]:
    """The number before the first underscore, as dbmate has it."""
    return {path.name.partition("_")[0] for path in migrations.glob("*.sql")}


async def _applied(database_url: str, schema: str) -> set[str]:
    """Nothing where nothing was ever applied, and where it cannot be asked: what follows finds out why."""
    try:
        connection = await asyncpg.connect(acting_as(database_url, schema, Role.OWNER), timeout=ASK_SECONDS)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return set()
    try:
        query = f'SELECT version FROM "{schema}".{TABLE}'  # noqa: S608 - a constant of the service
        return {row["version"] for row in await connection.fetch(query)}
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError, asyncpg.InsufficientPrivilegeError):
        return set()
    finally:
        await connection.close()


async def _connected(database_url: str) -> asyncpg.Connection:
    """Waits for a server that does not answer yet. Raises MigrationError."""
    deadline = time.monotonic() + SERVER_SECONDS
    while True:
        try:
            return await asyncpg.connect(database_url, timeout=ASK_SECONDS, server_settings=UNLIMITED)
        except NOT_YET as error:
            if time.monotonic() > deadline:
                raise MigrationError(f"Postgres does not answer: {type(error).__name__}: {error}") from error
            log.warning("migrations.no_server", reason=f"{type(error).__name__}: {error}")
            await asyncio.sleep(PAUSE_SECONDS)


@asynccontextmanager
async def _turn(connection: asyncpg.Connection, schema: str) -> AsyncIterator[None]:
    """Nobody else migrates this schema inside. Whoever waits asks again and again, and says so now and then.

    A statement that waits for the lock would hold a snapshot, for which `CREATE INDEX CONCURRENTLY` waits in turn.
    """
    began, told = time.monotonic(), -TOLD_SECONDS
    while not await connection.fetchval("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", _lock(schema)):
        waited = time.monotonic() - began
        if waited - told >= TOLD_SECONDS:
            log.info("migrations.waiting", schema=schema, seconds=round(waited), why="another process migrates it")
            told = waited
        await asyncio.sleep(PAUSE_SECONDS)
    try:
        yield
    finally:
        if not connection.is_closed():
            await connection.execute("SELECT pg_advisory_unlock(hashtextextended($1, 0))", _lock(schema))


def _lock(schema: str) -> str:
    return f"connectors migrations of {schema}"


async def _provision(connection: asyncpg.Connection, schema: str) -> None:
    try:
        await provision(connection, schema)
    except asyncpg.InsufficientPrivilegeError as error:
        raise MigrationError(
            f"the database user may not make the roles and the schema {schema} ({error}); "
            "let an administrator make them once, see docs/postgres.md"
        ) from error
    found = await connection.fetchval("SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = $1", schema)
    if found != (owner := role_name(schema, Role.OWNER)):
        raise MigrationError(f"the schema {schema} belongs to {found}; let an administrator give it to {owner}")


def migrate(database_url: str, migrations: Path, schema: str) -> None:
    """Run dbmate as the owner of the schema, which must be there. Raises MigrationError.

    It takes a lock of its own too: it goes on when the process that started it is killed.
    """
    command = [
        str(Path(sys.executable).parent / "dbmate"),
        *("--migrations-dir", str(migrations)),
        *("--migrations-table", f"{schema}.{TABLE}"),
        "--no-dump-schema",
        "--migration-lock",
        *("--migration-lock-timeout", "0"),
        "migrate",
    ]
    owner = with_settings(acting_as(database_url, schema, Role.OWNER), **UNLIMITED)
    environment = os.environ | {"DATABASE_URL": _with_ssl_mode(owner)}
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if finished.returncode != 0:
        raise MigrationError(finished.stderr.strip() or finished.stdout.strip())


def _with_ssl_mode(url: str) -> str:
    """lib/pq insists on TLS unless told otherwise; asyncpg tries and falls back, so say what it does."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    query.setdefault("sslmode", "disable" if parts.hostname in ("127.0.0.1", "localhost", "::1") else "prefer")
    return urlunsplit(parts._replace(query=urlencode(query)))
