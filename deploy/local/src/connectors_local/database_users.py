"""Users of the database that are no administrators: one for each service here, one for each database of a test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote, urlsplit

import asyncpg

from connectors_shared.runtime.roles import Role, provision, role_name


def user_of(schema: str) -> str:
    """Of the service that has this schema."""
    return f"connectors_{schema}"


def as_user(url: str, user: str, password: str) -> str:
    """The same database, as somebody else."""
    parts = urlsplit(url)
    server = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{quote(user, safe='')}:{quote(password, safe='')}@{server}").geturl()


@asynccontextmanager
async def administrator(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def make_user(admin: asyncpg.Connection, user: str, password: str) -> None:
    """With this password, whether he was there or not.

    NOINHERIT: the user himself has no right at all, so that a session which forgets to become a role fails.
    """
    await admin.execute("SELECT set_config('connectors.password', $1, false)", password)
    await admin.execute(_login(user))


async def allow(admin: asyncpg.Connection, user: str, schema: str) -> None:
    """The user may become every role of the schema; both are made in the database of the connection."""
    await provision(admin, schema)
    roles = ", ".join(role_name(schema, role) for role in Role)
    await admin.execute(f'GRANT {roles} TO "{user}"')


def _login(user: str) -> str:
    """The password comes as a setting, so that no statement that is logged has it in its text."""
    return f"""
        DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{user}') THEN
                CREATE ROLE "{user}" LOGIN NOINHERIT;
            END IF;
            EXECUTE format('ALTER ROLE "{user}" LOGIN NOINHERIT PASSWORD %L', current_setting('connectors.password'));
        END $$
    """
