"""Lists of contacts: how long each search and filter takes over many contacts, on a real Postgres, as the API reads."""

import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import md5
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiosql
import asyncpg

from bench.effort import Effort
from bench.figures import Figure
from bench.lists import LIMIT, timed
from bench.servers import Servers
from connectors_local.testservers import fresh_database
from connectors_shared.contract.contact import UserField
from connectors_shared.http.cursor import Cursor
from connectors_shared.runtime.migrations import bring_up_to_date
from connectors_shared.runtime.postgres import Work, new_pool
from connectors_shared.runtime.roles import Role, acting_as
from field_mapper import migrations_dir
from field_mapper.app import SCHEMA
from field_mapper.outbound.filtering import About, Condition, Narrowing, Span
from field_mapper.outbound.reading import PLANS, ContactReader
from field_mapper.outbound.searching import ContactFilter

PART: Final = "contacts"
WORKSPACE: Final = UUID(int=101)
PORTION: Final = 100_000
CHANCE: Final = random.Random(7)
TABLES: Final = ("contacts", "contact_words", "contact_marks", "contact_custom_fields")
queries: Final[Any] = aiosql.from_path(Path(__file__).with_name("contacts.sql"), "asyncpg", mandatory_parameters=False)
Asking = Callable[[ContactReader], Awaitable[Any]]


async def measure(servers: Servers, effort: Effort, _earlier: Sequence[Figure]) -> list[Figure]:
    async with fresh_database(servers.postgres) as url:
        await bring_up_to_date(url, migrations_dir(), SCHEMA)
        await _filled(url, effort.contacts)
        async with new_pool(url, schema=SCHEMA, role=Role.APP, work=Work.READ, max_size=2, settings=PLANS) as pool:
            reader = ContactReader(pool)
            return [
                await timed(PART, f"{name}, {effort.contacts:,} contacts, p99", asking, reader)
                for name, asking in _lists(effort.contacts)
            ]


async def _filled(url: str, count: int) -> None:
    connection = await asyncpg.connect(acting_as(url, SCHEMA, Role.OWNER))
    try:
        await connection.execute("SET synchronous_commit = off; SET work_mem = '256MB'")
        for first in range(1, count + 1, PORTION):
            last = min(first + PORTION - 1, count)
            await queries.fill_contacts(connection, workspace_id=WORKSPACE, count=count, first=first, last=last)
        for fill in (queries.fill_words, queries.fill_marks, queries.fill_custom_fields):
            await fill(connection)
        for table in TABLES:
            await connection.execute(f"VACUUM ANALYZE {SCHEMA}.{table}")
    finally:
        await connection.close()


def _lists(count: int) -> Iterator[tuple[str, Callable[[], Asking]]]:
    """Each asks with values of chance."""

    def page(*conditions: Condition, after: Cursor | None = None, updated: Span = Span(), **wanted: Any) -> Asking:
        narrowing = Narrowing(conditions, updated=updated)
        return lambda reader: reader.page(WORKSPACE, ContactFilter(narrowing=narrowing, **wanted), after, LIMIT)

    def number(most: int = count) -> int:
        return CHANCE.randrange(1, most // 2) * 2

    def field(name: UserField, value: str) -> Condition:
        return Condition(About.FIELD, name.value, value)

    def company() -> Condition:
        return field(UserField.COMPANY, f"Company {CHANCE.randrange(5_000)}")

    def moment() -> datetime:
        return datetime.now(UTC) - timedelta(days=365 * CHANCE.random())

    common = field(UserField.CITY, "diamond bar")
    vip = Condition(About.TAG, "", "VIP")
    yield "all", lambda: page()
    yield "all, somewhere in the past", lambda: page(after=Cursor(moment(), UUID(int=0)))
    yield "a company", lambda: page(company())
    yield "a city of half of them", lambda: page(common, after=Cursor(moment(), UUID(int=0)))
    yield "a country of all of them", lambda: page(field(UserField.COUNTRY, "US"), after=Cursor(moment(), UUID(int=0)))
    yield "a company in a city", lambda: page(company(), common)
    yield "a tag", lambda: page(vip)
    yield "a tag and a name", lambda: page(vip, field(UserField.LAST_NAME, f"Last{CHANCE.randrange(300)}"))
    yield "a custom field", lambda: page(Condition(About.CUSTOM_FIELD, "source", f"source {CHANCE.randrange(3_000)}"))
    yield (
        "two custom fields",
        lambda: page(
            Condition(About.CUSTOM_FIELD, "source", f"source {CHANCE.randrange(3_000)}"),
            Condition(About.CUSTOM_FIELD, "plan", f"plan {CHANCE.randrange(20)}"),
        ),
    )
    yield "a connector that wrote", lambda: page(Condition(About.CONNECTOR, "", _id("connector", number(50))))
    yield "changed today", lambda: page(updated=Span(since=datetime.now(UTC) - timedelta(hours=1)))
    yield "changed within a day of the month", lambda: page(updated=_day())
    yield "a name and a company, searched", lambda: page(text=f"first{number(20_000)} company")
    yield "the beginning of a name", lambda: page(text=f"last{CHANCE.randrange(1, 30)}")
    yield "a word of all of them", lambda: page(text="company")
    yield "a searched name in a city", lambda: page(common, text=f"last{CHANCE.randrange(300)}")
    yield "the beginning of an address", lambda: page(text=f"person{number()}")
    yield "a whole address", lambda: page(email=f"person{number()}@example.org")
    yield "a phone number", lambda: page(phone=f"+1626{number():07d}")
    yield "nothing", lambda: page(field(UserField.COMPANY, "Nobody"), vip)
    yield "one in full", lambda: lambda reader: reader.get(WORKSPACE, _id("contact", number()))


def _day() -> Span:
    since = datetime.now(UTC) - timedelta(days=CHANCE.randrange(1, 14))
    return Span(since, since + timedelta(days=1))


def _id(kind: str, number: int) -> UUID:
    """As the SQL makes it."""
    return UUID(md5(f"{kind} {number}".encode(), usedforsecurity=False).hexdigest())
