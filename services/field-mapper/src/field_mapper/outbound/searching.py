"""Looking for contacts: by words, addresses and numbers that begin so, each by an index, and never for very long."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import and_
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiosql
import asyncpg

from field_mapper.model import email_key
from field_mapper.words import end_of_prefix, words_in, words_of

MOST_CANDIDATES: Final = 2_000
"""Contacts that are looked at, of each way to find them."""
MOST_WORDS: Final = 6

reading: Final[Any] = aiosql.from_path(Path(__file__).parent / "reading.sql", "asyncpg", mandatory_parameters=False)


@dataclass(frozen=True, slots=True)
class ContactFilter:
    """Which contacts to find: all that is not None has to hold. `phone` and `email` are whole.

    `text`: words of which each begins a word of the names or of the company; or the beginning of an email address, or
    of a number (as `phones` has it); or what another system calls the contact.
    """

    text: str | None = None
    phones: tuple[str, ...] = ()
    phone: str | None = None
    email: str | None = None

    def __bool__(self) -> bool:
        return any(part is not None for part in (self.text, self.phone, self.email))


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Of a contact in the order in which they are listed."""

    created_at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Found:
    """`truncated`: there were more candidates than are looked at."""

    positions: frozenset[Position] = frozenset()
    truncated: bool = False

    def __or__(self, other: "Found") -> "Found":
        return Found(self.positions | other.positions, self.truncated or other.truncated)

    def __and__(self, other: "Found") -> "Found":
        return Found(self.positions & other.positions, self.truncated or other.truncated)


async def search(pool: asyncpg.Pool, workspace_id: UUID, wanted: ContactFilter) -> Found:
    """Those of which all that is wanted holds."""
    ways: list[Found] = []
    if wanted.text is not None:
        by_words = await _by_words(pool, workspace_id, words_in(wanted.text)[:MOST_WORDS])
        text = wanted.text
        ways.append(by_words | await _by_address(pool, workspace_id, text, wanted.phones, text, end_of_prefix))
    if wanted.email is not None:
        ways.append(await _by_address(pool, workspace_id, wanted.email, (), None, str))
    if wanted.phone is not None:
        ways.append(await _by_address(pool, workspace_id, None, (wanted.phone,), None, str))
    return reduce(and_, ways)


async def _by_words(pool: asyncpg.Pool, workspace_id: UUID, words: list[str]) -> Found:
    """The longest word leads to the fewest contacts; whether the others hold is seen from them."""
    if not words:
        return Found()
    prefix = max(words, key=len)
    rows = reading.find_by_word(
        pool, workspace_id=workspace_id, prefix=prefix, prefix_end=end_of_prefix(prefix), most=MOST_CANDIDATES
    )
    candidates = [row async for row in rows]
    matching = [row for row in candidates if len(words) == 1 or _has_all(words_of(row), words)]
    return _found(matching, truncated=len(candidates) >= MOST_CANDIDATES)


def _has_all(there: Iterable[str], words: Iterable[str]) -> bool:
    return all(any(one.startswith(word) for one in there) for word in words)


async def _by_address(
    pool: asyncpg.Pool,
    workspace_id: UUID,
    email: str | None,
    phones: tuple[str, ...],
    external_id: str | None,
    end_of: Callable[[str], str],
) -> Found:
    key = email_key(email) if email else None  # every address begins with nothing
    rows = reading.find_by_address(
        pool,
        workspace_id=workspace_id,
        email=key,
        email_end=key and end_of(key),
        phones=phones,
        phone_ends=[end_of(phone) for phone in phones],
        external_id=external_id,
        most=MOST_CANDIDATES,
    )
    candidates = [row async for row in rows]
    return _found(candidates, truncated=len(candidates) >= MOST_CANDIDATES)


def _found(rows: Iterable[asyncpg.Record], *, truncated: bool) -> Found:
    return Found(frozenset(Position(row["created_at"], row["id"]) for row in rows), truncated)
