"""The text of an API key: `cnk_`, eight characters that may be seen, an underscore, and 256 random bits.

A secret of that size cannot be guessed, so that a fast hash keeps it: the slow ones are for what people think of, and
would make every request slow.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from typing import Final

from connectors_shared.http.bearer import KEY_PREFIX

SHOWN_BYTES: Final = 4
SECRET_BYTES: Final = 32
SHAPE: Final = re.compile(KEY_PREFIX + f"[0-9a-f]{{{2 * SHOWN_BYTES}}}_[0-9a-f]{{{2 * SECRET_BYTES}}}")


@dataclass(frozen=True, slots=True)
class NewKeyText:
    """`text` is for whoever made it, once; the rest is kept."""

    prefix: str
    text: str = field(repr=False)

    @classmethod
    def made(cls) -> "NewKeyText":
        prefix = KEY_PREFIX + secrets.token_hex(SHOWN_BYTES)
        return cls(prefix, f"{prefix}_{secrets.token_hex(SECRET_BYTES)}")

    @property
    def hash(self) -> bytes:
        return _hash(self.text)


def hash_of(presented: str) -> bytes | None:
    """None for what is no key, so that nobody is asked about it."""
    return _hash(presented) if SHAPE.fullmatch(presented) else None


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
