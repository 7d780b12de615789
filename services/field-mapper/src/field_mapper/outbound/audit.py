"""What is recorded of what people do to contacts and custom fields: the names of fields alone.

Their values are personal data, which an entry would outlive.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from connectors_shared.http.audit.differences import differences
from connectors_shared.http.audit.entry import Action, Entry, Thing
from field_mapper.coercion import FieldDefinition
from field_mapper.imports.port import Import
from field_mapper.model import Contact
from field_mapper.stages.changes import Edit

MOST_FIELDS: Final = 50
"""That are named."""


def edited(edit: Edit) -> Entry:
    names = [*edit.changes.user, *edit.changes.custom]
    details: dict[str, Any] = {"fields": names[:MOST_FIELDS]}
    if len(names) > MOST_FIELDS:
        details["more_fields"] = len(names) - MOST_FIELDS
    if edit.undoes is not None:
        details["execution_id"] = str(edit.undoes)
    return Entry(edit.contact.workspace_id, _action(edit), Thing.CONTACT, edit.contact.id, details=details)


def deleted(contact: Contact) -> Entry:
    return Entry(contact.workspace_id, Action.DELETED, Thing.CONTACT, contact.id)


def exported(workspace_id: UUID, filters: Sequence[str]) -> Entry:
    """`filters`: by what contacts were looked for; their texts may be personal data, so that they are only named."""
    return Entry(workspace_id, Action.EXPORTED, Thing.CONTACT, details={"filtered_by": list(filters)})


def import_begun(one: Import) -> Entry:
    details = {"rows": one.row_count, "bytes": one.file_bytes}
    return Entry(one.workspace_id, Action.IMPORTED, Thing.IMPORT, one.id, one.file_name, details=details)


def import_cancelled(one: Import) -> Entry:
    return Entry(one.workspace_id, Action.CANCELLED, Thing.IMPORT, one.id, one.file_name)


def field_defined(workspace_id: UUID, name: str, definition: FieldDefinition) -> Entry:
    return _of_field(Action.CREATED, workspace_id, name, definition, None)


def field_changed(workspace_id: UUID, name: str, was: FieldDefinition | None, now: FieldDefinition) -> Entry:
    return _of_field(Action.CHANGED, workspace_id, name, now, was)


def field_deleted(workspace_id: UUID, name: str) -> Entry:
    return Entry(workspace_id, Action.DELETED, Thing.CUSTOM_FIELD, name, name)


def _of_field(
    action: Action, workspace_id: UUID, name: str, now: FieldDefinition, was: FieldDefinition | None
) -> Entry:
    changes = differences(_document(was), _document(now)) if was else ()
    return Entry(
        workspace_id, action, Thing.CUSTOM_FIELD, name, name, changes=changes, details={"type": now.type.value}
    )


def _document(definition: FieldDefinition) -> dict[str, Any]:
    return {"type": definition.type.value, "options": msgspec.to_builtins(definition.options)}


def _action(edit: Edit) -> Action:
    if edit.created:
        return Action.CREATED
    return Action.UNDONE if edit.undoes is not None else Action.CHANGED
