"""Entity tags (RFC 9110, 8.8.3 and 13.1.1) and page cursors: small texts that a caller hands back."""

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from connectors_shared.http.problems import FieldProblem, InvalidRequestError, MalformedHeaderError

ENTITY_TAG = re.compile(r'(?P<weak>W/)?"(?P<opaque>[^"]*)"')


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last line of a page; the next page begins after it."""

    created_at: datetime
    id: UUID


def etag(version: int) -> str:
    return f'"{version}"'


def expected_versions(if_match: str | None) -> frozenset[int] | None:
    """The versions that If-Match allows; None when any does. A weak or foreign tag matches nothing."""
    if if_match is None or if_match.strip() == "*":
        return None
    parts = [part.strip() for part in if_match.split(",")]
    found = [ENTITY_TAG.fullmatch(part) for part in parts]
    if not all(found):
        raise MalformedHeaderError(
            'Send If-Match with the ETag of the answer as it was given, with its quotes: If-Match: "3".'
        )
    opaque = [match["opaque"] for match in found if match and not match["weak"]]
    return frozenset(int(text) for text in opaque if re.fullmatch(r"[0-9]{1,9}", text))


def cursor_text(cursor: Cursor) -> str:
    return base64.urlsafe_b64encode(f"{cursor.created_at.isoformat()} {cursor.id}".encode()).decode().rstrip("=")


def parse_cursor(text: str | None) -> Cursor | None:
    """Raises InvalidRequestError for what was not handed out by `cursor_text`."""
    if not text:
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
        created_at, _, connector_id = raw.partition(" ")
        cursor = Cursor(datetime.fromisoformat(created_at), UUID(connector_id))
        if cursor.created_at.tzinfo is None:
            raise ValueError("no time zone")
    except (ValueError, binascii.Error):
        detail = "is not the next_cursor of an earlier answer"
        raise InvalidRequestError([FieldProblem(pointer="/cursor", detail=detail)], f"cursor {detail}.") from None
    return cursor
