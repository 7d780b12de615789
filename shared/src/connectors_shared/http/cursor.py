"""Page cursors over rows in the order of their creation: small texts that a caller hands back."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

from connectors_shared.http.problems import FieldProblem, InvalidRequestError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of a page: when it was created, and its id."""

    created_at: datetime
    id: UUID

    def is_before(self, created_at: datetime, row_id: UUID) -> bool:
        """Whether that row comes after it, where the newest are first."""
        return (created_at, row_id) < (self.created_at, self.id)


def cursor_text(cursor: Cursor) -> str:
    return base64.urlsafe_b64encode(f"{cursor.created_at.isoformat()} {cursor.id}".encode()).decode().rstrip("=")


def cut(found: Sequence[T], limit: int, place: Callable[[T], Cursor]) -> tuple[Sequence[T], str | None]:
    """A page, and what asks for the next one: None where there was not one more than `limit`."""
    shown = found[:limit]
    return shown, cursor_text(place(shown[-1])) if len(found) > limit else None


def parse_cursor(text: str | None) -> Cursor | None:
    """Raises InvalidRequestError for what was not handed out by `cursor_text`."""
    if not text:
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
        created_at, _, row_id = raw.partition(" ")
        return Cursor(_moment(created_at), UUID(row_id))
    except (ValueError, OverflowError, binascii.Error):
        detail = "is not the next_cursor of an earlier answer"
        raise InvalidRequestError([FieldProblem(pointer="/cursor", detail=detail)]) from None


def _moment(text: str) -> datetime:
    """In UTC, where the first and the last days that can be written with an offset do not exist."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("no time zone")
    return moment.astimezone(UTC)
