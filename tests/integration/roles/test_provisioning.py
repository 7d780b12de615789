"""Roles belong to the whole server: services that begin at once, each in a database of its own, make the same ones."""

import asyncio
import secrets
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

from connectors_local.database_users import administrator
from connectors_local.testservers import fresh_database
from connectors_shared.runtime.roles import Role, provision, role_name

DATABASES = 4
ROUNDS = 10


async def test_the_same_roles_can_be_made_from_several_databases_at_once(postgres_url: str) -> None:
    async with AsyncExitStack() as stack:
        admins = []
        for _ in range(DATABASES):
            url = await stack.enter_async_context(fresh_database(postgres_url))
            url = urlsplit(postgres_url)._replace(path=urlsplit(url).path).geturl()
            admins.append(await stack.enter_async_context(administrator(url)))
        for _ in range(ROUNDS):
            schema = f"made_{secrets.token_hex(4)}"
            await asyncio.gather(*(provision(admin, schema) for admin in admins))
            for admin in admins:
                await admin.execute(f"DROP SCHEMA {schema}")
            for role in Role:
                await admins[0].execute(f"DROP ROLE {role_name(schema, role)}")
