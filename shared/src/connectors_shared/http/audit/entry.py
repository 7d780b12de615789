"""What is recorded of a change: what was done to what, by whom, from where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from connectors_shared.http.audit.differences import Change
from connectors_shared.http.request_context import request_under_way

MOST_CHARACTERS: Final = 200
"""Of a name or an id, which other systems may make up."""


class Thing(StrEnum):
    """What something was done to."""

    CONNECTOR = "connector"
    CREDENTIAL = "credential"
    GRANT = "grant"
    WORKSPACE = "workspace"
    EXAMPLE = "example"
    API_KEY = "api_key"
    DEAD_LETTER = "dead_letter"
    EXECUTION = "execution"
    CONTACT = "contact"
    CUSTOM_FIELD = "custom_field"
    IMPORT = "import"
    AUDIT = "audit"


class Action(StrEnum):
    """What was done."""

    CREATED = "created"
    CHANGED = "changed"
    DELETED = "deleted"
    RESTORED = "restored"
    ENABLED = "enabled"
    DISABLED = "disabled"
    REPUBLISHED = "republished"
    TESTED = "tested"
    EXECUTED = "executed"
    CONNECTED = "connected"
    ROTATED = "rotated"
    WENT_STALE = "went_stale"
    REVOKED = "revoked"
    REPLAYED = "replayed"
    CANCELLED = "cancelled"
    RESUMED = "resumed"
    UNDONE = "undone"
    IMPORTED = "imported"
    EXPORTED = "exported"


@dataclass(frozen=True, slots=True)
class Actor:
    """`kind`: user, service, flow, or system for what a service does by itself. `key_id`: the API key used."""

    kind: str
    id: str
    key_id: str | None = None


SYSTEM: Final = Actor("system", "")


@dataclass(frozen=True, slots=True)
class Entry:
    """What was done. Who did it is who asks at present; `actor` says it where nobody does, or somebody else is meant.

    `details`: small facts, no secrets and nothing unbounded.
    """

    workspace_id: UUID
    action: Action
    kind: Thing
    id: UUID | str | None = None
    name: str | None = None
    changes: Sequence[Change] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    actor: Actor | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """An entry as it is kept."""

    id: UUID
    at: datetime
    workspace_id: UUID
    actor_kind: str
    actor_id: str
    actor_key: str | None
    address: str | None
    request_id: str | None
    trace_id: str | None
    action: str
    kind: str
    thing_id: str | None
    thing_name: str | None
    changes: list[Change]
    details: dict[str, Any]


def row_of(entry: Entry) -> dict[str, Any]:
    """Its columns, but for id and time."""
    request = request_under_way()
    actor = entry.actor or _asking()
    return {
        "workspace_id": entry.workspace_id,
        "actor_kind": actor.kind,
        "actor_id": _short(actor.id),
        "actor_key": _short(actor.key_id),
        "address": request.address if request else None,
        "request_id": request.id if request else None,
        "trace_id": request.trace_id if request else None,
        "action": entry.action.value,
        "kind": entry.kind.value,
        "thing_id": None if entry.id is None else _short(str(entry.id)),
        "thing_name": _short(entry.name),
        "changes": list(entry.changes),
        "details": dict(entry.details),
    }


def _asking() -> Actor:
    request = request_under_way()
    who = request.principal if request else None
    if who is None:
        return SYSTEM
    return Actor(who.kind.value, who.user_id, str(who.key_id) if who.key_id else None)


def _short(text: str | None) -> str | None:
    """Postgres has no NUL in text."""
    return text and text.replace("\x00", "")[:MOST_CHARACTERS]
