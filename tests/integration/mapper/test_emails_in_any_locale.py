"""Spellings of one address find the same contact, whatever the locale of the database makes of letters."""

from collections.abc import AsyncIterator
from itertools import product
from uuid import uuid4

import asyncpg
import pytest

from connectors_local.testservers import fresh_database
from connectors_shared.runtime.migrations import bring_up_to_date
from connectors_shared.runtime.postgres import Work, open_pool
from connectors_shared.runtime.roles import Role
from field_mapper import migrations_dir
from field_mapper.model import Contact, email_key, match_keys
from field_mapper.outbound.reading import ContactReader
from field_mapper.outbound.repository import PostgresContacts
from field_mapper.outbound.searching import ContactFilter

ASCII_ONLY = "LOCALE_PROVIDER libc LOCALE 'C' ENCODING 'UTF8'"
UNICODE = {
    True: "LOCALE_PROVIDER icu ICU_LOCALE 'und' LOCALE 'C' ENCODING 'UTF8'",
    False: "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C' ENCODING 'UTF8'",
}
SPELLINGS = ("ann@example.com", "Ann@Example.com", "ÄNN@example.com", "änn@EXAMPLE.com", "İK@example.com", "ΣΑΣ@x.gr")


async def has_icu(server_url: str) -> bool:
    connection = await asyncpg.connect(server_url)
    try:
        return bool(await connection.fetchval("SELECT count(*) FROM pg_collation WHERE collname = 'und-x-icu'"))
    finally:
        await connection.close()


@pytest.fixture(params=["ASCII only", "Unicode"])
async def contacts(request: pytest.FixtureRequest, postgres_url: str) -> AsyncIterator[PostgresContacts]:
    options = ASCII_ONLY if request.param == "ASCII only" else UNICODE[await has_icu(postgres_url)]
    async with fresh_database(postgres_url, options) as url:
        await bring_up_to_date(url, migrations_dir(), "mapper")
        async with await open_pool(url, max_size=1, schema="mapper", role=Role.APP) as pool:
            yield PostgresContacts(pool, Work.BACKGROUND)


async def test_the_database_and_the_mapper_agree_on_which_addresses_are_the_same(contacts: PostgresContacts) -> None:
    for stored, asked in product(SPELLINGS, SPELLINGS):
        workspace, contact = uuid4(), uuid4()
        keys = match_keys(workspace, {"email": asked})
        async with contacts.transaction([workspace]) as session:
            await session.save([Contact(contact, workspace, user={"email": stored}, is_new=True)])
            found = await session.find(keys)
        listed = await ContactReader(contacts._pool).page(workspace, ContactFilter(email=asked), None, 10)
        same = email_key(stored) == email_key(asked)
        assert found == (dict.fromkeys(keys, (contact,)) if same else {}), (stored, asked)
        assert bool(listed.contacts) is same, (stored, asked)
