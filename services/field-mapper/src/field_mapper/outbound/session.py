"""A transaction on the contacts: set-based statements, one round trip each, rows sorted by key."""

import json
import zlib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiosql
import asyncpg

from connectors_shared.contract.contact import USER_FIELDS
from field_mapper.coercion import CustomFieldType
from field_mapper.model import Contact, ContactKey, CustomValue
from field_mapper.stages.announce import Announcement
from field_mapper.stages.apply import FieldName

LOCK_CLASS: Final = 0x636F6E74
LOCK_BUCKETS: Final = 1024

queries: Final[Any] = aiosql.from_path(Path(__file__).parent / "batch.sql", "asyncpg", mandatory_parameters=False)

Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy


class PostgresContactSession:
    """`stages.apply.ContactSession` on one connection inside a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def applied(self, execution_ids: Collection[UUID]) -> dict[UUID, Announcement]:
        rows = queries.applied_executions(self._connection, execution_ids=list(execution_ids))
        return {
            row["execution_id"]: Announcement(
                row["execution_id"],
                row["workspace_id"],
                row["contact_id"],
                row["contact_updated"],
                "repeated",
                row["sequence"],
            )
            async for row in rows
        }

    async def find(self, keys: Collection[ContactKey]) -> dict[ContactKey, UUID]:
        """Where several contacts have the email or phone, the oldest."""
        statements = {
            "id": queries.find_by_id,
            "email": queries.find_by_email,
            "phone": queries.find_by_phone,
        }
        found: dict[ContactKey, UUID] = {}
        for kind, statement in statements.items():
            wanted = [key for key in keys if key.kind == kind]
            if wanted:
                rows = statement(
                    self._connection,
                    workspace_ids=[key.workspace_id for key in wanted],
                    values=[key.value for key in wanted],
                )
                async for row in rows:
                    found[ContactKey(row["workspace_id"], kind, row["value"])] = row["id"]
        return found

    async def serialize_creation(self, keys: Collection[ContactKey]) -> None:
        """Until the end of the transaction nobody else makes a contact with one of these keys."""
        buckets = sorted({_bucket(key) for key in keys})
        await _drain(queries.lock_buckets(self._connection, lock_class=LOCK_CLASS, buckets=buckets))

    async def taken(self, ids: Collection[UUID]) -> set[UUID]:
        return {row["id"] async for row in queries.taken_ids(self._connection, ids=list(ids))}

    async def lock(self, ids: Collection[UUID]) -> dict[UUID, Contact]:
        if not ids:
            return {}
        rows = queries.lock_contacts(self._connection, ids=sorted(ids))
        return {row["id"]: contact_from(row) async for row in rows}

    async def load_custom(self, contacts: Collection[Contact], names: Collection[str]) -> None:
        by_id = {contact.id: contact for contact in contacts}
        rows = queries.load_custom_fields(self._connection, contact_ids=list(by_id), names=list(names))
        async for row in rows:
            by_id[row["contact_id"]].custom[row["field_name"]] = custom_from(row)

    async def define(self, first_types: Mapping[FieldName, CustomFieldType]) -> None:
        ordered = sorted(first_types)
        await queries.define_custom_fields(
            self._connection,
            workspace_ids=[workspace_id for workspace_id, _ in ordered],
            names=[name for _, name in ordered],
            types=[first_types[key].value for key in ordered],
        )

    async def definitions(self, names: Collection[FieldName]) -> dict[FieldName, CustomFieldType]:
        ordered = sorted(names)
        rows = queries.custom_field_types(
            self._connection,
            workspace_ids=[workspace_id for workspace_id, _ in ordered],
            names=[name for _, name in ordered],
        )
        return {(row["workspace_id"], row["name"]): CustomFieldType(row["type"]) async for row in rows}

    async def next_in_order(self, count: int) -> list[int]:
        rows = queries.next_in_order(self._connection, count=count)
        return sorted([row["sequence"] async for row in rows])

    async def save(self, contacts: Iterable[Contact]) -> None:
        """Write what changed, and nothing else."""
        ordered = sorted(contacts, key=lambda contact: contact.id)
        new = [_row(contact) for contact in ordered if contact.is_new]
        changed = [_row(contact) for contact in ordered if contact.changed_user and not contact.is_new]
        touched = [
            contact.id for contact in ordered if contact.changed_custom and not (contact.changed_user or contact.is_new)
        ]
        if new:
            await queries.insert_contacts(self._connection, contacts=new)
        if changed:
            await queries.update_contacts(self._connection, contacts=changed)
        if touched:
            await queries.touch_contacts(self._connection, ids=touched)
        await self._save_custom(ordered)

    async def _save_custom(self, ordered: list[Contact]) -> None:
        rows = [
            (contact.id, contact.workspace_id, name, contact.custom[name])
            for contact in ordered
            for name in sorted(contact.changed_custom)
        ]
        if not rows:
            return
        await queries.save_custom_fields(
            self._connection,
            contact_ids=[row[0] for row in rows],
            workspace_ids=[row[1] for row in rows],
            names=[row[2] for row in rows],
            values=[json.dumps(row[3].value, ensure_ascii=False, allow_nan=False) for row in rows],
            types=[row[3].type.value for row in rows],
            origins=[row[3].origin for row in rows],
        )

    async def record(self, announcements: Collection[Announcement]) -> None:
        """And remember that they are to be published."""
        if not announcements:
            return
        ordered = sorted(announcements, key=lambda made: made.execution_id)
        await queries.record_executions(
            self._connection,
            execution_ids=[made.execution_id for made in ordered],
            workspace_ids=[made.workspace_id for made in ordered],
            contact_ids=[made.contact_id for made in ordered],
            bodies=[made.body for made in ordered],
            sequences=[made.sequence for made in ordered],
        )


def contact_from(row: asyncpg.Record) -> Contact:
    """A contact without its custom fields."""
    return Contact(
        id=row["id"],
        workspace_id=row["workspace_id"],
        user={name: value for name in USER_FIELDS if (value := row[name]) is not None},
        origins=row["origins"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def custom_from(row: asyncpg.Record) -> CustomValue:
    return CustomValue(row["field_value"], CustomFieldType(row["field_type"]), row["origin"])


def _row(contact: Contact) -> dict[str, Any]:
    own = {"id": contact.id, "workspace_id": contact.workspace_id, "origins": contact.origins}
    return contact.user | own


def _bucket(key: ContactKey) -> int:
    return zlib.crc32(f"{key.workspace_id}|{key.kind}|{key.value}".encode()) % LOCK_BUCKETS


async def _drain(rows: Any) -> None:
    async for _ in rows:
        pass
