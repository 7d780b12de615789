"""The three database roles of a service's schema, which its migrations make.

They are groups without a login. The users that services log in with are members, and become one of them for a session:
so one user is enough for a service, and nothing runs with more rights than its kind of work needs.
"""

from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg

PROVISION: Final = tuple(
    (Path(__file__).parent / name).read_text() for name in ("provision_roles.sql", "provision.sql")
)
"""One transaction each."""


class Role(StrEnum):
    """What a session is for."""

    OWNER = "owner"
    """Owns the tables: migrates, and sees the rows of all workspaces. No service works as it."""
    APP = "app"
    """Sees the rows of the workspaces that it names, by row-level security."""
    WORKER = "worker"
    """Sees all rows of the few tables whose work spans workspaces, and no others."""


def role_name(schema: str, role: Role) -> str:
    return f"connectors_{schema}_{role}"


def acting_as(url: str, schema: str, role: Role) -> str:
    """The URL for sessions that begin as this role; asyncpg and lib/pq read it alike."""
    return with_settings(url, role=role_name(schema, role))


def with_settings(url: str, **settings: str) -> str:
    """The URL with these parameters of a session, instead of its own of the same names."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=urlencode(dict(parse_qsl(parts.query)) | settings)))


async def provision(connection: asyncpg.Connection, schema: str) -> None:
    """Make what is missing of the roles and the schema; safe beside others who do so, in any database of the server.

    Raises InsufficientPrivilegeError for a user who may not, when something is missing.
    """
    roles = " ".join(role_name(schema, role) for role in Role)
    for step in PROVISION:
        async with connection.transaction():
            await connection.execute(
                "SELECT set_config('connectors.schema', $1, true), set_config('connectors.roles', $2, true)",
                schema,
                roles,
            )
            await connection.execute(step)
