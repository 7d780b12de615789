"""Plain SQL migrations, run by dbmate as the owner of the schema: each service has one schema of the database.

dbmate goes by their numbers. What each held when it was applied is kept beside those, so that a schema of another
version is told by name, and not by the first statement that finds no column.
"""

import asyncio
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg

from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.roles import Role, acting_as, provision, role_name, with_settings

TABLE: Final = "schema_migrations"
SUMS: Final = "schema_migration_sums"
"""By version, what each migration held: noted before it is applied, so that whoever is killed between has noted it."""
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


class MigrationChangedError(MigrationError):
    """A migration that was applied is not the one of that number that is here."""


@dataclass(frozen=True, slots=True)
class _Migration:
    name: str
    sum: str


Migrations = Mapping[str, _Migration]
"""By the number before the first underscore, as dbmate has it."""
Applied = dict[str, str | None]
"""By version, what it held; None where nobody noted that."""


async def bring_up_to_date(database_url: str, migrations: Path, schema: str, *, adopts: bool = True) -> None:
    """Make the roles and the schema, and apply what is missing, however long it takes; one process at a time.

    Asks first, so that a start that finds all of them starts no program. `adopts`: what was applied by a program that
    notes nothing, such as dbmate itself, is taken to be what is here. Raises MigrationError.
    """
    wanted = _found(migrations)
    if _is_current(wanted, await _applied(database_url, schema), schema, adopts=adopts):
        return
    connection = await _connected(database_url)
    try:
        async with _turn(connection, schema):
            await _provision(connection, schema)
            applied = await _applied(database_url, schema)
            if not _is_current(wanted, applied, schema, adopts=adopts):
                await _note(database_url, schema, wanted, applied)
                if wanted.keys() - applied.keys():
                    await asyncio.to_thread(migrate, database_url, migrations, schema)
    finally:
        with suppress(TimeoutError):  # the connection is cut then, and what was done is done
            await connection.close(timeout=ASK_SECONDS)


def _found(migrations: Path) -> dict[str, _Migration]:
    return {
        path.name.partition("_")[0]: _Migration(path.name, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in sorted(migrations.glob("*.sql"))
    }


def _is_current(wanted: Migrations, applied: Applied, schema: str, *, adopts: bool) -> bool:
    """Raises MigrationChangedError."""
    for version, here in wanted.items():
        held = applied.get(version, here.sum)
        if held is None and not adopts:
            raise MigrationChangedError(f"the schema {schema} is of a version that did not note what {here.name} held")
        if held not in (None, here.sum):
            raise MigrationChangedError(
                f"the schema {schema} was made with another {here.name} than the one that is here; "
                "run the version that made it, or begin with an empty schema"
            )
    return all(applied.get(version) == here.sum for version, here in wanted.items())


async def _applied(database_url: str, schema: str) -> Applied:
    """Nothing where nothing was ever applied, and where it cannot be asked: what follows finds out why."""
    try:
        connection = await asyncpg.connect(acting_as(database_url, schema, Role.OWNER), timeout=ASK_SECONDS)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return {}
    try:
        rows = await connection.fetch(f'SELECT version FROM "{schema}".{TABLE}')  # noqa: S608 - constants
        versions = [row["version"] for row in rows]
        return dict.fromkeys(versions) | await _sums(connection, schema, versions)
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError, asyncpg.InsufficientPrivilegeError):
        return {}
    finally:
        await connection.close()


async def _sums(connection: asyncpg.Connection, schema: str, versions: list[str]) -> Applied:
    query = f'SELECT version, sum FROM "{schema}".{SUMS} WHERE version = ANY($1)'  # noqa: S608 - constants
    try:
        return {row["version"]: row["sum"] for row in await connection.fetch(query, versions)}
    except asyncpg.UndefinedTableError:
        return {}


async def _note(database_url: str, schema: str, wanted: Migrations, applied: Applied) -> None:
    """What is to be applied, and what was by a program that noted nothing."""
    unknown = [version for version in wanted if applied.get(version) is None]
    if adopted := [version for version in unknown if version in applied]:
        log.warning("migrations.adopted", schema=schema, versions=adopted, why="nobody noted what they held")
    connection = await asyncpg.connect(acting_as(database_url, schema, Role.OWNER), timeout=ASK_SECONDS)
    try:
        table = f'"{schema}".{SUMS}'
        await connection.execute(f"CREATE TABLE IF NOT EXISTS {table} (version text PRIMARY KEY, sum text NOT NULL)")
        await connection.execute(
            f"INSERT INTO {table} SELECT * FROM unnest($1::text[], $2::text[])"  # noqa: S608 - constants
            " ON CONFLICT (version) DO UPDATE SET sum = excluded.sum",
            unknown,
            [wanted[version].sum for version in unknown],
        )
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
