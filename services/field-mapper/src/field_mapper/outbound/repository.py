"""Contacts in Postgres, as they are written: transactions, and what is still to be published."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from operator import itemgetter
from typing import Final
from uuid import UUID

import asyncpg

from connectors_shared.http.answers.postgres import keep_promise
from connectors_shared.http.idempotency import is_promised_for
from connectors_shared.runtime.postgres import Connection, Work, of_workspaces, transaction
from field_mapper.model import AppliedKey, Contact, ContactRef
from field_mapper.outbound.reading import contact_in
from field_mapper.outbound.session import PostgresContactSession, applied_key_from, queries
from field_mapper.publishing import Due, Portion
from field_mapper.stages.announce import Announcement

BY_INDEX: Final = {"enable_seqscan": "off"}
"""Everything here is looked up by its key. A plan that reads a whole table is made while the table is small, or was
just emptied, as that of what waits to be published is all day; and it is kept while it fills, also with dead rows."""


class PostgresContacts:
    """On a pool of the app's role, for work of one kind. Raises DatabaseUnavailableError, and what asyncpg raises."""

    def __init__(self, pool: asyncpg.Pool, work: Work) -> None:
        self._pool = pool
        self._work = work

    @asynccontextmanager
    async def transaction(self, workspaces: Collection[UUID]) -> AsyncIterator[PostgresContactSession]:
        """On the contacts of these workspaces; committed at the end, rolled back when anything is raised inside."""
        async with self._begun(workspaces) as connection:
            yield PostgresContactSession(connection)

    async def keep_promise(
        self, session: PostgresContactSession, ref: ContactRef, promise: Callable[[Contact], None]
    ) -> None:
        """Stores, in the transaction, what a request with an Idempotency-Key is to be answered of the contact."""
        if not is_promised_for():
            return
        contact = await contact_in(session.connection, *ref)
        if contact is not None:
            promise(contact)
            await keep_promise(session.connection)

    async def applied(self, keys: Collection[AppliedKey]) -> dict[AppliedKey, Announcement]:
        """Those that are; what is missing may be applied meanwhile."""
        async with self._begun({key.workspace_id for key in keys}) as connection:
            return await PostgresContactSession(connection).applied(keys)

    @asynccontextmanager
    async def unpublished(
        self, subjects: Collection[ContactRef], known: Mapping[AppliedKey, Announcement], portion: Portion
    ) -> AsyncIterator[Due]:
        """See `publishing.Unpublished`."""
        ordered = sorted(subjects, key=lambda subject: (subject.workspace_id.int, subject.id.int))
        async with self._begun({subject.workspace_id for subject in ordered}) as connection:
            found = queries.lock_unpublished(
                connection,
                workspace_ids=[subject.workspace_id for subject in ordered],
                subjects=[subject.id for subject in ordered],
                most=portion.updates,
            )
            rows = [row async for row in found]
            taken = _within(rows, portion.bytes)
            due = await _due(connection, taken, known)
            due.more = len(taken) < len(rows) or len(rows) == portion.updates
            yield due
            if taken:
                await queries.forget_published(connection, places=[row["place"] for row in taken])

    def _begun(self, workspaces: Collection[UUID]) -> AbstractAsyncContextManager[Connection]:
        """Of these workspaces alone, whatever a statement forgets to name."""
        return transaction(self._pool, of_workspaces(workspaces) | BY_INDEX, self._work)


def _within(rows: Sequence[asyncpg.Record], most_bytes: int) -> Sequence[asyncpg.Record]:
    """The first ones, in the order they were locked in; at least one."""
    size = 0
    for number, row in enumerate(rows):
        size += row["body_bytes"]
        if size > most_bytes:
            return rows[: max(1, number)]
    return rows


async def _due(connection: Connection, rows: Sequence[asyncpg.Record], known: Mapping[AppliedKey, Announcement]) -> Due:
    """Bodies are read only of those that this process has not made."""
    here = {key: body for key, update in known.items() if (body := update.body) is not None}
    keys = {row["sequence"]: applied_key_from(row) for row in rows}
    strange = [row for row in rows if keys[row["sequence"]] not in here]
    found = queries.bodies_of(
        connection,
        days=[row["made_on"] for row in strange],
        sequences=[row["sequence"] for row in strange],
        workspace_ids=[row["workspace_id"] for row in strange],
    )
    stored = {row["sequence"]: row["body"] async for row in found} if strange else {}
    due = Due()
    for row in sorted(rows, key=itemgetter("sequence")):
        key = keys[row["sequence"]]
        body = here.get(key) or stored.get(row["sequence"])
        if body is None:
            due.lost.append(key)
        else:
            contact_id = None if row["subject"] == key.execution_id else row["subject"]
            due.updates.append(Announcement(key, contact_id, row["sequence"], "repeated", body))
    return due
