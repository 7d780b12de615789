"""What is shown of entries, as JSON and as lines of a file."""

import csv
import io
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import msgspec
from pydantic import BaseModel, Field

from connectors_shared.http.audit.entry import Record

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins with one of these is computed by spreadsheets."""
COLUMNS: Final = (
    *("id", "at", "actor_kind", "actor_id", "actor_key", "address", "action", "kind", "thing_id", "thing_name"),
    *("changes", "details", "request_id", "trace_id"),
)


class ActorView(BaseModel):
    """`kind`: user, service, flow, or system for what the service did by itself. `key_id`: of an API key."""

    kind: str
    id: str
    key_id: str | None


class ThingView(BaseModel):
    """What something was done to. `name`: what it was called then."""

    kind: str
    id: str | None
    name: str | None


class ChangeView(BaseModel):
    """One value that is another one now. `pointer`: RFC 6901. `before` or `after` is absent where there was, or is,
    none. `secret` (added, changed, removed) stands for both where it is one. `cut`: a text is shortened. `more`, alone:
    there are further changes."""

    pointer: str
    before: Any = None
    after: Any = None
    secret: str | None = None
    cut: bool = False
    more: bool = False


class EntryView(BaseModel):
    """`address`: where the request came from. `request_id`: the X-Request-Id that it was answered with."""

    id: UUID
    at: datetime
    actor: ActorView
    address: str | None
    request_id: str | None
    trace_id: str | None
    action: str
    thing: ThingView
    changes: list[ChangeView]
    details: dict[str, Any] = Field(
        description="What else is to be known; which fields there are depends on the action."
    )


class EntryPage(BaseModel):
    """`next_cursor` asks for the page after this one; null on the last."""

    entries: list[EntryView]
    next_cursor: str | None


class Format(StrEnum):
    CSV = "csv"
    NDJSON = "ndjson"


MEDIA_TYPES: Final = {Format.CSV: "text/csv; charset=utf-8", Format.NDJSON: "application/x-ndjson"}


def view(record: Record) -> EntryView:
    return EntryView.model_validate(shown(record))


def shown(record: Record) -> dict[str, Any]:
    return {
        "id": record.id,
        "at": record.at,
        "actor": {"kind": record.actor_kind, "id": record.actor_id, "key_id": record.actor_key},
        "address": record.address,
        "request_id": record.request_id,
        "trace_id": record.trace_id,
        "action": record.action,
        "thing": {"kind": record.kind, "id": record.thing_id, "name": record.thing_name},
        "changes": record.changes,
        "details": record.details,
    }


def heading(format: Format) -> bytes:
    return _csv(COLUMNS) if format is Format.CSV else b""


def line(record: Record, format: Format) -> bytes:
    if format is Format.NDJSON:
        return msgspec.json.encode(shown(record)) + b"\n"
    return _csv([_cell(getattr(record, name)) for name in COLUMNS])


def _csv(cells: Any) -> bytes:
    """RFC 4180."""
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode("utf-8", "replace")


def _cell(value: Any) -> str:
    """What people made up is text for a spreadsheet, and never a formula."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    text = msgspec.json.encode(value).decode() if isinstance(value, list | dict) else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
