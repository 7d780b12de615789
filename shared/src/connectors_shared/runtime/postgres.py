"""Pools of one role, whose JSON columns keep integers exact, and whose statements end in the time of their work."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from enum import Enum
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from connectors_shared.runtime.postgres_faults import DatabaseUnavailableError, passing_faults
from connectors_shared.runtime.roles import Role, role_name

JSON_TYPES: Final = ("json", "jsonb")
REACH_SECONDS: Final = 1.5
"""How long a caller of an API waits for a connection, and for the proof that it works."""
PATIENT_SECONDS: Final = 10.0
"""The same where nobody waits."""
RELEASE_SECONDS: Final = 1.0
"""How long a connection is cleaned, before it is given up."""
NETWORK_SECONDS: Final = 2.0
"""More than a statement may take on the server: when this is over, the server does not answer."""

WORKSPACE: Final = "app.workspace_id"
WORKSPACES: Final = "app.workspace_ids"
"""The settings that row-level security compares with."""
LOST: Final = (OSError, asyncio.CancelledError)
"""What leaves a connection of which nobody knows what it does, and whether it ever answers."""

Connection = asyncpg.pool.PoolConnectionProxy


class Work(Enum):
    """What a statement is for; the value is how many seconds it may take."""

    READ = 5.0
    """Somebody waits for what an API reads."""
    WRITE = 10.0
    """Somebody waits for what an API changes."""
    BACKGROUND = 60.0
    """Nobody waits."""

    @property
    def reach_seconds(self) -> float:
        """How long a connection is waited for."""
        return PATIENT_SECONDS if self is Work.BACKGROUND else REACH_SECONDS


def of_workspace(workspace_id: UUID) -> dict[str, str]:
    """The settings of a session that sees the rows of one workspace."""
    return {WORKSPACE: str(workspace_id)}


def of_workspaces(workspace_ids: Iterable[UUID]) -> dict[str, str]:
    """The same of several, where rows are compared with an array."""
    return {WORKSPACES: "{" + ",".join(map(str, workspace_ids)) + "}"}


async def open_pool(url: str, *, schema: str, role: Role, max_size: int = 8) -> asyncpg.Pool:
    """Connected, for work that nobody waits for; raises what asyncpg raises."""
    return await new_pool(url, schema=schema, role=role, max_size=max_size)


def new_pool(
    url: str,
    *,
    schema: str,
    role: Role,
    work: Work = Work.BACKGROUND,
    min_size: int = 1,
    max_size: int = 8,
    settings: Mapping[str, str] | None = None,
    statement_seconds: float | None = None,
) -> asyncpg.Pool:
    """Not connected yet: await it before its first use, which raises what asyncpg raises.

    Every session is `role` of the schema from its beginning, and stays it. `settings` hold for every session.
    """
    seconds = statement_seconds or work.value
    return asyncpg.create_pool(
        url,
        min_size=min_size,
        max_size=max_size,
        init=_set_up,
        command_timeout=seconds + NETWORK_SECONDS,
        server_settings={
            **(settings or {}),
            "role": role_name(schema, role),
            "search_path": f"{schema}, public",
            "statement_timeout": _milliseconds(seconds),
        },
    )


@asynccontextmanager
async def session(pool: asyncpg.Pool, settings: Mapping[str, str], work: Work) -> AsyncIterator[Connection]:
    """A connection of the pool with these settings.

    Raises DatabaseUnavailableError within `work.reach_seconds` when there is none, because the server does not answer
    or because all are in use; and later, when it stops answering.
    """
    with passing_faults():
        connection = await _reached(pool, settings, work)
        try:
            yield connection
        except LOST:
            connection.terminate()
            raise
        finally:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):  # it is not given out again
                await pool.release(connection, timeout=RELEASE_SECONDS)


@asynccontextmanager
async def brief_session(pool: asyncpg.Pool) -> AsyncIterator[Connection]:
    """A connection for one quick statement, which is the only round trip: it sets for itself what it needs.

    Raises DatabaseUnavailableError when that is not done within REACH_SECONDS.
    """
    with passing_faults():
        try:
            async with asyncio.timeout(REACH_SECONDS), pool.acquire() as connection:
                try:
                    yield connection
                except LOST:
                    connection.terminate()
                    raise
        except TimeoutError as error:
            raise DatabaseUnavailableError(f"no answer from Postgres within {REACH_SECONDS:g} s") from error


@asynccontextmanager
async def transaction(pool: asyncpg.Pool, settings: Mapping[str, str], work: Work) -> AsyncIterator[Connection]:
    """The same inside of a transaction, which is rolled back when anything is raised."""
    async with session(pool, settings, work) as connection:
        under_way = connection.transaction()
        await under_way.start()
        try:
            yield connection
        except LOST:
            raise  # a roll back would be waited for as well
        except BaseException:
            await under_way.rollback()
            raise
        await under_way.commit()


async def remove_in_portions(pool: asyncpg.Pool, most: int, remove: Callable[..., Awaitable[int | str]]) -> int:
    """Each in a session of its own, until one is not full; answers how many rows were removed. `remove` takes
    a connection and `most`, and says how many there were, or the status of its statement.
    """
    removed, last = 0, most
    while last >= most:
        async with session(pool, {}, Work.BACKGROUND) as connection:
            told = await remove(connection, most=most)
        last = int(str(told).rpartition(" ")[2])
        removed += last
    return removed


async def _reached(pool: asyncpg.Pool, settings: Mapping[str, str], work: Work) -> Connection:
    """The settings are those of the session: the pool resets them when the connection is given back."""
    everything = {**settings, "statement_timeout": _milliseconds(work.value)}
    try:
        async with asyncio.timeout(work.reach_seconds):
            connection = await pool.acquire()
            try:
                await set_in_session(connection, everything)
            except BaseException:
                connection.terminate()
                raise
    except TimeoutError as error:
        raise DatabaseUnavailableError(f"no connection to Postgres within {work.reach_seconds:g} s") from error
    return connection


async def set_in_session(connection: Connection, settings: Mapping[str, str]) -> None:
    """In one round trip, until the connection is given back to its pool."""
    query = "SELECT set_config(name, value, false) FROM unnest($1::text[], $2::text[]) AS s (name, value)"
    await connection.execute(query, list(settings), list(settings.values()))


def like_pattern(text: str | None) -> str | None:
    """For LIKE: what holds the text somewhere; None for none."""
    if not text:
        return None
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _milliseconds(seconds: float) -> str:
    return str(round(seconds * 1000))


async def _set_up(connection: asyncpg.Connection) -> None:
    for name in JSON_TYPES:
        await connection.set_type_codec(
            name, schema="pg_catalog", encoder=_encode, decoder=msgspec.json.decode, format="text"
        )


def _encode(value: object) -> str:
    return msgspec.json.encode(value).decode()
