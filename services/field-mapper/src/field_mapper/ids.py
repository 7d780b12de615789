"""UUIDs as the driver of Postgres has them: read, written, compared and sent in a fraction of the time of Python's own,
of which they are a kind."""

import os
from uuid import UUID

from asyncpg.pgproto import pgproto

CANONICAL_CHARACTERS = 36


def id_of(text: str) -> UUID | None:
    """Of a UUID in its usual 36 characters; None for any other text, other forms of a UUID included."""
    if len(text) != CANONICAL_CHARACTERS or not text.isascii():
        return None
    try:
        found: UUID = pgproto.UUID(text)
    except ValueError:
        return None
    return found if str(found) == text else None


def known_id(text: str) -> UUID:
    """Of a UUID in its usual 36 characters, as `str` writes it."""
    made: UUID = pgproto.UUID(text)
    return made


def new_id() -> UUID:
    """A random one (RFC 9562, version 4)."""
    octets = bytearray(os.urandom(16))
    octets[6] = octets[6] & 0x0F | 0x40
    octets[8] = octets[8] & 0x3F | 0x80
    made: UUID = pgproto.UUID(bytes(octets))
    return made
