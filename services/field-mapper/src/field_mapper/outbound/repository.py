"""Contacts in Postgres: transactions for writing, and what the API reads."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiosql
import asyncpg

from connectors_shared.http.cursor import Cursor
from field_mapper.model import Contact, email_key
from field_mapper.outbound.session import PostgresContactSession, contact_from, custom_from, queries
from field_mapper.stages.announce import Announcement

FORGET_AT_ONCE: Final = 5000

reading: Final[Any] = aiosql.from_path(Path(__file__).parent / "reading.sql", "asyncpg", mandatory_parameters=False)


@dataclass(frozen=True, slots=True)
class ContactFilter:
    """Which contacts to list; what is None does not matter. `text` may be a part of names, email, phone, company."""

    text: str | None = None
    phone: str | None = None
    email: str | None = None


class PostgresContacts:
    """Raises what asyncpg raises."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[PostgresContactSession]:
        """Committed at the end, rolled back when anything is raised inside."""
        async with self._pool.acquire() as connection, connection.transaction():
            yield PostgresContactSession(connection)

    async def applied(self, execution_ids: Collection[UUID]) -> dict[UUID, Announcement]:
        """Outside any transaction: what is missing may be applied meanwhile."""
        async with self._pool.acquire() as connection:
            return await PostgresContactSession(connection).applied(execution_ids)

    @asynccontextmanager
    async def unpublished(
        self, subjects: Collection[UUID], known: Collection[UUID]
    ) -> AsyncIterator[dict[UUID, Announcement | None]]:
        """Executions whose updates of these contacts are still to be published, in the order of the writes.

        None stands for those that are `known`. Nobody else publishes any of them meanwhile. At the end they are
        published, unless something is raised.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            rows = [row async for row in queries.lock_unpublished(connection, keys=sorted(subjects))]
            waiting = [row["execution_id"] for row in sorted(rows, key=lambda row: row["sequence"])]
            strangers = [one for one in waiting if one not in known]
            stored = await PostgresContactSession(connection).applied(strangers) if strangers else {}
            yield {one: stored.get(one) for one in waiting if one in known or one in stored}
            keys, sequences = [row["key"] for row in rows], [row["sequence"] for row in rows]
            if rows:
                await queries.forget_published(connection, keys=keys, sequences=sequences)

    async def get(self, workspace_id: UUID, contact_id: UUID) -> Contact | None:
        """With all custom fields."""
        row = await reading.get_contact(self._pool, workspace_id=workspace_id, id=contact_id)
        return (await self._with_custom([contact_from(row)]))[0] if row else None

    async def page(self, workspace_id: UUID, wanted: ContactFilter, after: Cursor | None, most: int) -> list[Contact]:
        """Oldest first, with all custom fields."""
        rows = reading.list_contacts(
            self._pool,
            workspace_id=workspace_id,
            after_time=after and after.created_at,
            after_id=after and after.id,
            phone=wanted.phone,
            email=wanted.email and email_key(wanted.email),
            pattern=wanted.text and f"%{_escaped(wanted.text)}%",
            most=most,
        )
        return await self._with_custom([contact_from(row) async for row in rows])

    async def custom_fields(self, workspace_id: UUID) -> list[dict[str, str]]:
        """`[{name, type}]` by name."""
        rows = reading.custom_field_definitions(self._pool, workspace_id=workspace_id)
        return [dict(row) async for row in rows]

    async def answers(self) -> None:
        """Raises when Postgres does not."""
        await self._pool.fetchval("SELECT 1", timeout=5)

    async def forget_executions(self, older_than_days: int) -> None:
        """Drop what no redelivery can ask for any more, a few at a time."""
        deleted = FORGET_AT_ONCE
        while deleted == FORGET_AT_ONCE:
            status = await queries.forget_executions(self._pool, days=older_than_days, most=FORGET_AT_ONCE)
            deleted = int(str(status).rpartition(" ")[2])

    async def _with_custom(self, contacts: Sequence[Contact]) -> list[Contact]:
        by_id = {contact.id: contact for contact in contacts}
        async for row in reading.custom_fields_of(self._pool, contact_ids=list(by_id)):
            by_id[row["contact_id"]].custom[row["field_name"]] = custom_from(row)
        return list(contacts)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
