"""A transaction on the contacts: set-based statements, one round trip each, rows sorted by key."""

import asyncio
import json
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiosql
import asyncpg
import msgspec

from connectors_shared.contract.contact import USER_FIELDS
from connectors_shared.http.audit.entry import Entry
from connectors_shared.http.audit.postgres import record
from connectors_shared.runtime.postgres import Connection
from connectors_shared.runtime.supervision import cancel
from field_mapper.coercion import CustomFieldType, FieldDefinition, FieldOptions, is_national, storable
from field_mapper.ids import known_id
from field_mapper.marks import marks_of
from field_mapper.model import AppliedKey, Contact, ContactKey, ContactRef, CustomValue
from field_mapper.outbound import audit
from field_mapper.stages.announce import Announcement
from field_mapper.stages.changes import Edit
from field_mapper.stages.session import FieldName, Found
from field_mapper.words import words_of

LOCK_CLASS: Final = 0x636F6E74
LOCK_BUCKETS: Final = 1024
ROOM_CLASS: Final = 0x66726F6D
"""Held by whoever makes definitions, which are counted."""
TYPES_CLASS: Final = 0x66747970
"""Shared by those who write values of fields; held alone by whoever changes a definition."""
DEFINITION_BUCKETS: Final = 256
MOST_FIELDS: Final = 500
"""Of a workspace."""
MOST_ALIKE: Final = 5
"""Contacts of one email or phone that are looked at: two of them are too many to know which is meant."""

TYPES: Final = {kind.value: kind for kind in CustomFieldType}
REF: Final = ("workspace_ids", "ids")
WORD: Final = ("workspace_ids", "words", "contact_ids")
MARK: Final = ("workspace_ids", "marks", "created_at", "contact_ids")
CUSTOM: Final = ("workspace_ids", "contact_ids", "names", "values", "types", "origins", "created_at")
EXECUTION: Final = (
    *("workspace_ids", "execution_ids", "revisions", "contact_ids", "connector_ids", "versions", "flow_ids"),
    *("flow_run_ids", "sequences", "created", "changes", "large", "bodies"),
)
EDIT: Final = (
    *("workspace_ids", "contact_ids", "sequences", "edited_by", "undoes", "import_ids", "created", "changes", "large"),
)

_json_of: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
queries: Final[Any] = aiosql.from_path(Path(__file__).parent / "batch.sql", "asyncpg", mandatory_parameters=False)


class PostgresContactSession:
    """`stages.apply.ContactSession` on one connection inside a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def connection(self) -> Connection:
        return self._connection

    async def applied(self, keys: Collection[AppliedKey]) -> dict[AppliedKey, Announcement]:
        if not keys:
            return {}
        workspace_ids, execution_ids, revisions = zip(*keys, strict=True)
        rows = queries.applied_executions(
            self._connection, workspace_ids=workspace_ids, execution_ids=execution_ids, revisions=revisions
        )
        return {
            key: Announcement(key, row["contact_id"], row["sequence"], "repeated")
            async for row in rows
            if (key := applied_key_from(row))
        }

    async def find(self, keys: Collection[ContactKey]) -> Found:
        """Where very many contacts have the email or phone, some of them."""
        if not keys:
            return {}
        whose: dict[str, tuple[list[UUID], list[Any]]] = {
            kind: ([], []) for kind in ("id", "external", "email", "phone")
        }
        for workspace_id, kind, value in keys:
            workspaces, values = whose["phone" if kind == "national" else kind]
            workspaces.append(workspace_id)
            values.append(known_id(value) if kind == "id" else value)
        rows = queries.find(
            self._connection,
            id_workspaces=whose["id"][0],
            ids=whose["id"][1],
            external_workspaces=whose["external"][0],
            externals=whose["external"][1],
            email_workspaces=whose["email"][0],
            emails=whose["email"][1],
            phone_workspaces=whose["phone"][0],
            phones=whose["phone"][1],
            most=MOST_ALIKE,
        )
        found: Found = {}
        async for row in rows:
            kind, value = row["kind"], row["value"]
            key = ContactKey(row["workspace_id"], "national" if kind == "phone" and is_national(value) else kind, value)
            found[key] = (*found.get(key, ()), row["id"])
        return found

    async def serialize_creation(self, keys: Collection[ContactKey]) -> None:
        """Until the end of the transaction nobody else makes a contact with one of these keys."""
        await hold(self._connection, LOCK_CLASS, _buckets_of_keys(keys))

    async def lock(self, refs: Collection[ContactRef]) -> dict[ContactRef, Contact]:
        if not refs:
            return {}
        rows = queries.lock_contacts(self._connection, **_columns(REF, refs))
        return {contact.ref: contact async for row in rows if (contact := contact_from(row))}

    async def hold(self, refs: Collection[ContactRef]) -> dict[ContactRef, int]:
        if not refs:
            return {}
        rows = queries.hold_contacts(self._connection, **_columns(REF, refs))
        return {ContactRef(row["workspace_id"], row["id"]): row["revision"] async for row in rows}

    async def load_custom(
        self, contacts: Collection[Contact], names: Collection[str], whole: Collection[str] = ()
    ) -> None:
        by_ref = {contact.ref: contact for contact in contacts}
        wanted = {"names": list(names), "whole": list(whole)}
        rows = queries.load_custom_fields(self._connection, **_columns(REF, by_ref), **wanted)
        async for row in rows:
            contact = by_ref[ContactRef(row["workspace_id"], row["contact_id"])]
            contact.custom[row["field_name"]] = custom_from(row, large=not row["small"])

    async def define(self, first_types: Mapping[FieldName, CustomFieldType]) -> None:
        ordered = sorted(first_types)
        await hold(self._connection, ROOM_CLASS, _buckets_of(ordered))
        await queries.define_custom_fields(
            self._connection,
            workspace_ids=[workspace_id for workspace_id, _ in ordered],
            names=[name for _, name in ordered],
            types=[first_types[key].value for key in ordered],
            most=MOST_FIELDS,
        )

    async def definitions(self, names: Collection[FieldName]) -> dict[FieldName, FieldDefinition]:
        ordered = sorted(names)
        await queries.hold_definitions(self._connection, buckets=_buckets_of(ordered), lock_class=TYPES_CLASS)
        rows = queries.custom_field_types(
            self._connection,
            workspace_ids=[workspace_id for workspace_id, _ in ordered],
            names=[name for _, name in ordered],
        )
        return {(row["workspace_id"], row["name"]): definition_from(row) async for row in rows}

    async def next_in_order(self, count: int) -> Sequence[int]:
        return sorted(await queries.next_in_order(self._connection, count=count))

    async def save(
        self, contacts: Iterable[Contact], announced: Callable[[], Collection[Announcement]] = tuple
    ) -> None:
        """Write what changed, and nothing else. What a statement sends is made while Postgres works on the last one."""
        ordered = sorted(contacts, key=lambda contact: (contact.workspace_id.int, contact.id.int))
        under_way: asyncio.Task[Any] | None = None
        try:
            for write, sent in _writes(ordered, announced):
                if under_way is not None:
                    await under_way
                under_way = asyncio.create_task(write(self._connection, **sent))
                await asyncio.sleep(0)  # it is sent
            if under_way is not None:
                await under_way
        except BaseException:
            if under_way is not None:
                await cancel([under_way])
            raise

    async def changes_of(self, contact: ContactRef, execution_id: UUID) -> list[dict[str, Any]]:
        rows = queries.changes_of(
            self._connection, workspace_id=contact.workspace_id, contact_id=contact.id, execution_id=execution_id
        )
        return [row["changes"] async for row in rows]

    async def deleted(self, refs: Collection[ContactRef]) -> set[ContactRef]:
        rows = queries.deleted_contacts(self._connection, **_columns(REF, refs))
        return {ContactRef(row["workspace_id"], row["id"]) async for row in rows}

    async def delete(self, contact: Contact, by: str) -> None:
        await queries.delete_contact(
            self._connection,
            workspace_id=contact.workspace_id,
            id=contact.id,
            words=sorted(words_of(contact.user)),
            marks=sorted(marks_of(contact.user, contact.origins)),
            created_at=contact.created_at,
            deleted_by=storable(by),
        )
        await record(self._connection, audit.deleted(contact))

    async def note(self, entry: Entry) -> None:
        await record(self._connection, entry)

    async def record_edits(self, edits: Collection[Edit]) -> None:
        if edits:
            await queries.record_edits(self._connection, **_columns(EDIT, map(_edited, edits)))


def _writes(
    ordered: Sequence[Contact], announced: Callable[[], Collection[Announcement]]
) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Statements, and what each of them sends; what takes long to make after what Postgres takes long for."""
    new = [_row(contact) for contact in ordered if contact.is_new]
    if new:
        yield queries.insert_contacts, {"contacts": new}
    changed = [_row(contact) for contact in ordered if contact.changed_user and not contact.is_new]
    if changed:
        yield queries.update_contacts, {"contacts": changed}
    touched = [
        contact.ref for contact in ordered if contact.changed_custom and not (contact.changed_user or contact.is_new)
    ]
    if touched:
        yield queries.touch_contacts, _columns(REF, touched)
    if announcements := sorted(announced(), key=_execution_order):
        yield queries.record_executions, _columns(EXECUTION, map(_execution, announcements))
    yield from _writes_of_custom(ordered)
    yield from _writes_of_words(ordered)
    yield from _writes_of_marks(ordered)


def _writes_of_words(ordered: Sequence[Contact]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """In any order, as the marks."""
    added: list[tuple[UUID, str, UUID]] = []
    removed: list[tuple[UUID, str, UUID]] = []
    for contact in ordered:
        if contact.old_words is None:
            continue
        words = words_of(contact.user)
        added += [(contact.workspace_id, word, contact.id) for word in words - contact.old_words]
        removed += [(contact.workspace_id, word, contact.id) for word in contact.old_words - words]
    if removed:
        yield queries.remove_words, _columns(WORD, removed)
    if added:
        yield queries.add_words, _columns(WORD, added)


def _writes_of_marks(ordered: Sequence[Contact]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """In any order: nobody else writes those of contacts that are locked, or new."""
    added: list[tuple[Any, ...]] = []
    removed: list[tuple[Any, ...]] = []
    for contact in ordered:
        if contact.old_marks is None:
            continue
        workspace_id, id_, created_at = contact.workspace_id, contact.id, contact.created_at
        marks = marks_of(contact.user, contact.origins)
        added += [(workspace_id, mark, created_at, id_) for mark in marks - contact.old_marks]
        removed += [(workspace_id, mark, created_at, id_) for mark in contact.old_marks - marks]
    if removed:
        yield queries.remove_marks, _columns(MARK, removed)
    if added:
        yield queries.add_marks, _columns(MARK, added)


def _writes_of_custom(ordered: Sequence[Contact]) -> Iterator[tuple[Any, dict[str, Any]]]:
    changed = [(contact, name) for contact in ordered for name in sorted(contact.changed_custom)]
    rows = [
        (
            contact.workspace_id,
            contact.id,
            name,
            _value(value.value),
            value.type.value,
            _written(value.origin),
            contact.created_at,
        )
        for contact, name in changed
        if (value := contact.custom.get(name))
    ]
    if rows:
        yield queries.save_custom_fields, _columns(CUSTOM, rows)
    gone = [(contact.workspace_id, contact.id, name) for contact, name in changed if name not in contact.custom]
    if gone:
        yield queries.remove_custom_fields, _columns(CUSTOM[:3], gone)


def _value(value: Any) -> str:
    """A JSON value as it is stored."""
    return str(value) if value.__class__ is int else _json_of(value)


def _written(value: Any) -> str:
    """As JSON. An array of it is sent as texts: of jsonb each would be written for an array's own notation once more,
    quote by quote, and read out of it."""
    return msgspec.json.encode(value).decode()


async def hold(connection: Connection, lock_class: int, buckets: Sequence[int]) -> None:
    """Alone, until the end of the transaction; they are locked in the order given."""
    await queries.lock_buckets(connection, lock_class=lock_class, buckets=buckets)


def contact_from(row: asyncpg.Record) -> Contact:
    """A contact without its custom fields."""
    return Contact(
        id=row["id"],
        workspace_id=row["workspace_id"],
        external_id=row["external_id"],
        user={name: value for name in USER_FIELDS if (value := row[name]) is not None},
        origins=row["origins"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        revision=row["revision"],
    )


def custom_from(row: asyncpg.Record, *, large: bool = False) -> CustomValue:
    return CustomValue(row["field_value"], TYPES[row["field_type"]], row["origin"], large)


def definition_from(row: asyncpg.Record) -> FieldDefinition:
    options = msgspec.convert(row["options"], FieldOptions) if row["options"] else FieldOptions()
    return FieldDefinition(CustomFieldType(row["type"]), options, row["deleting"])


def applied_key_from(row: asyncpg.Record) -> AppliedKey:
    return AppliedKey(row["workspace_id"], row["execution_id"], row["mapping_revision"])


def _row(contact: Contact) -> dict[str, Any]:
    own = {
        "id": contact.id,
        "workspace_id": contact.workspace_id,
        "external_id": contact.external_id,
        "origins": contact.origins,
    }
    return contact.user | own


def _execution(announcement: Announcement) -> tuple[Any, ...]:
    made = announcement.made
    assert made is not None
    return (
        *announcement.key,
        announcement.contact_id,
        made.connector_id,
        made.connector_version,
        made.flow_id and storable(made.flow_id),
        made.flow_run_id and storable(made.flow_run_id),
        announcement.sequence,
        made.created,
        _written(made.changes.to_json()),
        _written(made.changes.large) if made.changes.large else None,
        announcement.body,
    )


def _edited(edit: Edit) -> tuple[Any, ...]:
    by, large = storable(edit.by), _written(edit.changes.large) if edit.changes.large else None
    changes = _written(edit.changes.to_json())
    return (*edit.contact, edit.sequence, by, edit.undoes, edit.import_id, edit.created, changes, large)


def _execution_order(announcement: Announcement) -> tuple[int, int, int]:
    """Numbers, because UUIDs are compared by Python; the order is the same."""
    key = announcement.key
    return key.workspace_id.int, key.execution_id.int, key.mapping_revision


def _columns(names: tuple[str, ...], rows: Iterable[Sequence[Any]]) -> dict[str, Sequence[Any]]:
    """Rows as the arrays that `unnest` takes."""
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


def _buckets_of_keys(keys: Collection[ContactKey]) -> list[int]:
    begun: dict[tuple[UUID, str], int] = {}
    buckets: set[int] = set()
    for workspace_id, kind, value in keys:
        beginning = begun.get((workspace_id, kind))
        if beginning is None:
            beginning = begun[workspace_id, kind] = zlib.crc32(f"{workspace_id}|{kind}|".encode())
        buckets.add(zlib.crc32(value.encode(), beginning) % LOCK_BUCKETS)
    return sorted(buckets)


def bucket_of(workspace_id: UUID) -> int:
    """Of the locks on its definitions."""
    return zlib.crc32(workspace_id.bytes) % DEFINITION_BUCKETS


def _buckets_of(names: Iterable[FieldName]) -> list[int]:
    return sorted({bucket_of(workspace_id) for workspace_id, _ in names})
