"""Looking for contacts: by words, addresses and numbers that begin so, each by an index, and never for very long."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import and_
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

import aiosql

from connectors_shared.runtime.postgres import Connection
from field_mapper.model import email_key
from field_mapper.outbound.filtering import NO_NARROWING, Narrowing
from field_mapper.words import end_of_prefix, words_in, words_of

MOST_CANDIDATES: Final = 1_000
"""Contacts that are looked at, of each way to find them."""
MOST_ENTRIES: Final = 50_000
"""Of the words that begin alike, when each word of a search leads to more contacts than are looked at."""
MOST_WORDS: Final = 6

Row = Mapping[str, Any]
"""Of a contact: what it is found by."""

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
    narrowing: Narrowing = NO_NARROWING

    @property
    def searches(self) -> bool:
        """By what a search looks for."""
        return any(part is not None for part in (self.text, self.phone, self.email))

    def __bool__(self) -> bool:
        return self.searches or bool(self.narrowing)


class Position(NamedTuple):
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


async def search(connection: Connection, workspace_id: UUID, wanted: ContactFilter) -> Found:
    """Those of which all that is searched for holds, whatever it is narrowed by. A whole address or number leads to
    few, of whom the rest is seen.
    """
    looking = _Looking(connection, workspace_id)
    ways: list[Found] = []
    for email, phone in ((wanted.email, None), (None, wanted.phone)):
        if email is None and phone is None:
            continue
        candidates = await looking.by_address(email, (phone,) if phone is not None else (), None, str)
        if len(candidates) < MOST_CANDIDATES:
            return _found(row for row in candidates if is_found(row, wanted))
        ways.append(_found(candidates, truncated=True))
    if wanted.text is not None:
        ways.append(await looking.by_text(wanted.text, wanted.phones))
    return reduce(and_, ways)


class _Looking:
    """In one workspace."""

    def __init__(self, connection: Connection, workspace_id: UUID) -> None:
        self._connection = connection
        self._workspace_id = workspace_id

    async def by_text(self, text: str, phones: tuple[str, ...]) -> Found:
        by_address = await self.by_address(text, phones, text, end_of_prefix)
        words = words_in(text)[:MOST_WORDS]
        by_words = await self._by_words(words) if words else Found()
        return by_words | _found(by_address, truncated=len(by_address) >= MOST_CANDIDATES)

    async def _by_words(self, words: list[str]) -> Found:
        """The word that leads to the fewest contacts does, and whether the others hold is seen from those. Where each
        leads to many, those are looked for that several lead to."""
        sizes = await self._sizes(words, MOST_CANDIDATES)
        ranges = [min(words, key=lambda word: sizes[word])]
        are_many = sizes[ranges[0]] >= MOST_CANDIDATES
        if are_many and len(words) > 1:
            sizes = await self._sizes(words, MOST_ENTRIES)
            ranges = [word for word in words if sizes[word] < MOST_ENTRIES] or ranges
        is_one = len(ranges) == 1
        candidates = await self._in_all(ranges, MOST_CANDIDATES if is_one else MOST_ENTRIES)
        matching = (row for row in candidates if len(words) == 1 or _has_all(words_of(row), words))
        return _found(matching, truncated=(is_one and are_many) or len(candidates) >= MOST_CANDIDATES)

    async def _sizes(self, words: list[str], most: int) -> dict[str, int]:
        """How many entries begin with each; `most` is that many or more."""
        rows = reading.sizes_of_ranges(self._connection, workspace_id=self._workspace_id, **_ranges(words), most=most)
        return {row["prefix"]: row["entries"] async for row in rows}

    async def _in_all(self, words: list[str], most_entries: int) -> list[Row]:
        """Of one range no more is read than contacts are looked at."""
        rows = reading.find_by_words(
            self._connection,
            workspace_id=self._workspace_id,
            **_ranges(words),
            most=MOST_CANDIDATES,
            most_entries=most_entries,
        )
        return [row async for row in rows]

    async def by_address(
        self, email: str | None, phones: tuple[str, ...], external_id: str | None, end_of: Callable[[str], str]
    ) -> list[Row]:
        key = email_key(email) if email else None  # every address begins with nothing
        rows = reading.find_by_address(
            self._connection,
            workspace_id=self._workspace_id,
            email=key,
            email_end=key and end_of(key),
            phones=phones,
            phone_ends=[end_of(phone) for phone in phones],
            external_id=external_id,
            most=MOST_CANDIDATES,
        )
        return [row async for row in rows]


def _ranges(words: Iterable[str]) -> dict[str, list[str]]:
    prefixes = sorted(set(words))
    return {"prefixes": prefixes, "prefix_ends": list(map(end_of_prefix, prefixes))}


def _has_all(there: Collection[str], words: Iterable[str]) -> bool:
    return all(any(one.startswith(word) for one in there) for word in words)


def is_found(row: Row, wanted: ContactFilter) -> bool:
    """All that is searched for, as the statements see it."""
    if wanted.email is not None and row["email_key"] != email_key(wanted.email):
        return False
    if wanted.phone is not None and wanted.phone not in (row["phone"], row["alternate_phone"]):
        return False
    return wanted.text is None or _has_text(row, wanted.text, wanted.phones)


def _has_text(row: Row, text: str, phones: tuple[str, ...]) -> bool:
    words = words_in(text)[:MOST_WORDS]
    if words and _has_all(words_of(row), words):
        return True
    if text and row["external_id"] == text:
        return True
    if text and (row["email_key"] or "").startswith(email_key(text)):
        return True
    numbers = [row["phone"] or "", row["alternate_phone"] or ""]
    return any(number.startswith(phones) for number in numbers)


def _found(rows: Iterable[Row], *, truncated: bool = False) -> Found:
    return Found(frozenset(Position(row["created_at"], row["id"]) for row in rows), truncated)
